// From an evidence folder to a verdict: the same path in a live drill, in `headroom verify` and in `headroom gate`, so
// that they cannot differ. Reads the facts, writes nothing.
import { join } from 'node:path';
import { z } from 'zod';
import { slos } from '../alerts/slos.ts';
import { judgeLedgers } from '../chaos/ledgers/compare.ts';
import { toChecks } from '../chaos/ledgers/finding.ts';
import {
  type countedSlos,
  judgeObjectives,
  judgeSamples,
  type Limits,
} from '../loadtests/gate/objectives.ts';
import { type Samples, type SamplesJson, samplesFromJson } from '../loadtests/gate/samples.ts';
import { judgeValidity } from '../loadtests/gate/validity.ts';
import { type CheckResult, judge } from '../loadtests/gate/verdict.ts';
import { UsageError } from '../stack/usage-error.ts';
import { actFacts } from './aftermath/facts.ts';
import { type CheckName, checks } from './checks.ts';
import { detectionChecks, detections, falseAlarms } from './detection.ts';
import { dashboardFile, files, readFactRows, readFacts } from './evidence.ts';
import { exclusionsOf } from './exclusions.ts';
import {
  alertDelivery,
  chartFacts,
  experimentFacts,
  historyFacts,
  machineSample,
  type PanelFacts,
  panelFacts,
  queueFacts,
  type RunFacts,
  runFacts,
  sliSample,
  spanFacts,
} from './facts.ts';
import { loadPoints, peakOrdersPerMinute } from './load-curve.ts';
import { machineChecks, saturatedSeconds } from './machine-checks.ts';
import {
  type DrawnDashboard,
  drawDashboard,
  drawnInReport,
  grafanaDashboard,
} from './report/dashboard-model.ts';
import { ledgerRows } from './report/ledger-rows.ts';
import type { ReportModel } from './report/model.ts';
import {
  dashboardCheck,
  deadLetterCheck,
  experimentChecks,
  historyCheck,
  phasesCheck,
  queuesCheck,
} from './run-checks.ts';
import { signalsCheck } from './signals/check.ts';
import { signalFacts } from './signals/facts.ts';
import { countsOutside } from './slis.ts';
import { compactSpan, isMailSpan, traceCheck } from './traces.ts';
import { type VerdictFile, verdictSchemaVersion } from './verdict-file.ts';

const shopperTrace = z.object({ outcome: z.string(), trace_id: z.string() });

export async function judgeEvidence(dir: string, limits: Limits = {}): Promise<ReportModel> {
  const run = await readFacts(dir, files.run, runFacts);
  if (run === null) throw new UsageError(`${dir} holds no ${files.run}: it is not the evidence of a drill`);
  const experiments = (await readFacts(dir, files.experiments, z.array(experimentFacts))) ?? [];
  const acts = (await readFacts(dir, files.aftermath, z.array(actFacts))) ?? [];
  const deliveries = (await readFactRows(dir, files.alerts, alertDelivery)) ?? [];
  const samples = (
    await Promise.all([readSamples(dir, files.baseline), readSamples(dir, files.replay)])
  ).filter((phase) => phase !== null);
  const counts = (await readFactRows(dir, files.slis, sliSample)) ?? [];
  const panels = await readFacts(dir, files.panels, z.array(panelFacts));
  const machine = (await readFactRows(dir, files.machine, machineSample)) ?? [];
  const queues = await readFacts(dir, files.queues, queueFacts);
  const ledgers = toChecks(await judgeLedgers(dir));

  const exclusions = exclusionsOf(experiments, run);
  const outside = countsOutside(counts, exclusions);
  const objectives = judgeObjectives({ samples, exclusions, counted: countedFrom(outside), limits });
  const detection = detectionChecks(experiments, deliveries, acts);
  const loaded = during(run, machine);
  const busy = saturatedSeconds(loaded);
  // An objective that is proven missed in the calm seconds too is the shop's own miss, on whatever machine.
  const calm =
    busy === null
      ? []
      : judgeObjectives({
          ...{ samples, limits },
          exclusions: [...exclusions, ...busy],
          counted: countedFrom(countsOutside(counts, [...exclusions, ...busy])),
        });
  const stands = calm.some((check) => check.status === 'fail');
  // An act that did not come off may be the machine's as well; its panels are dead all the same.
  const undone = acts.some(({ came_off }) => !came_off);
  const missed =
    !stands && (undone || [...objectives, ...detection].some((check) => check.status === 'fail'));
  const measured: CheckResult[] = [
    ...ledgers,
    ...judgeValidity(samples).map((check) => ofWholeRun(run, check)),
    ...machineChecks(loaded, missed),
    phasesCheck(run),
    judgeSamples(objectives),
    ...experimentChecks(experiments),
    queuesCheck(queues),
    deadLetterCheck(queues),
    historyCheck(await readFacts(dir, files.history, historyFacts)),
    ...(await traces(dir, run)),
    ...objectives.map(({ check, kind, status, detail, observed, required }) => {
      return { check, kind, status, detail, observed, required };
    }),
    ...detection,
    dashboardCheck(run.primed === undefined ? panels : waitingForOthers(panels)),
  ];
  const ordered = inOrder(measured);
  const { verdict, exitCode, reasons } = judge(ordered);
  const peak = peakOrdersPerMinute(samples);
  const file: VerdictFile = {
    schema: verdictSchemaVersion,
    run_id: run.run_id,
    verdict,
    exit_code: exitCode,
    reasons,
    checks: ordered,
    mode: run.mode,
    sabotage: run.sabotage,
    ...(run.primed === undefined ? {} : { primed: run.primed.alert }),
    load: {
      recorded_peak_orders_per_minute: run.profile.recorded_peak_orders_per_minute,
      replayed_peak_orders_per_minute: peak,
      times_recorded: peak / run.profile.recorded_peak_orders_per_minute,
    },
    phases_completed: run.phases.filter((phase) => phase.ended_ms !== null).map((phase) => phase.name),
    alerts: detections(experiments, deliveries),
    false_alarms: falseAlarms(experiments, deliveries, acts),
    experiments: experiments.map(({ id, status, bites, first_bite_ms, undone_ms }) => {
      return { id, status, bites, first_bite_ms, undone_ms };
    }),
  };
  return {
    verdict: file,
    run,
    points: loadPoints(samples, run.started_ms),
    experiments,
    acts,
    deliveries,
    ledgers: await ledgerRows(dir, ordered),
    slos: slos.map(({ id, title, objective }) => ({ title, objective, ...outside[id]! })),
    panels: panels ?? [],
    dashboards: await drawnDashboards(dir, run),
  };
}

/** From the JSON that ran and what Prometheus answered then; none where the run kept no lines. */
async function drawnDashboards(dir: string, run: RunFacts): Promise<DrawnDashboard[]> {
  const charts = await readFacts(dir, files.charts, chartFacts);
  if (charts === null) return [];
  const drawn = await Promise.all(
    drawnInReport.map(async (uid) => {
      const dashboard = await readFacts(dir, dashboardFile(uid), grafanaDashboard);
      return dashboard === null ? [] : [drawDashboard(uid, dashboard, charts, run.started_ms)];
    }),
  );
  return drawn.flat();
}

async function readSamples(dir: string, file: string): Promise<Samples | null> {
  const json = await readFacts(
    dir,
    file,
    z.looseObject({ version: z.number(), windows: z.array(z.unknown()) }),
  );
  if (json === null) return null;
  try {
    return samplesFromJson(json as unknown as SamplesJson);
  } catch (error) {
    throw new UsageError(`${join(dir, file)} cannot be read: ${(error as Error).message}`);
  }
}

function countedFrom(outside: Readonly<Record<string, { total: number; bad: number }>>) {
  const count = (slo: (typeof countedSlos)[number]) => {
    const { total, bad } = outside[slo]!;
    return { total, good: total - bad };
  };
  return {
    'payment-authorization': count('payment-authorization'),
    'payment-latency-primary': count('payment-latency-primary'),
    'order-creation': count('order-creation'),
    'pipeline-freshness': count('pipeline-freshness'),
    notification: count('notification'),
  } satisfies Record<(typeof countedSlos)[number], unknown>;
}

/** A primed drill plays one fault: a panel that shows nothing then waits for another. */
const waitingForOthers = (panels: readonly PanelFacts[] | null) =>
  panels?.map((panel) => ({ ...panel, waiting: !panel.live })) ?? null;

/** Load that somebody cut short is not what was planned, and that is nobody's failure. */
function ofWholeRun(run: RunFacts, check: CheckResult): CheckResult {
  if (run.ended_early === null || check.status !== 'fail') return check;
  return {
    ...check,
    status: 'unknown',
    detail: `the run ended early, so this is not judged: ${check.detail}`,
  };
}

/** Starting processes may use the whole machine; only while shoppers come does it matter. */
function during<T extends { readonly at_ms: number }>(run: RunFacts, samples: readonly T[]): T[] {
  const loaded = run.phases.filter((phase) => phase.name === 'baseline' || phase.name === 'replay');
  return samples.filter(({ at_ms }) =>
    loaded.some((phase) => at_ms >= phase.started_ms && at_ms <= (phase.ended_ms ?? run.ended_ms)),
  );
}

async function traces(dir: string, { primed }: RunFacts): Promise<CheckResult[]> {
  const facts = await readFacts(dir, files.spanFacts, spanFacts);
  const shoppers = await readFactRows(dir, files.shoppers, shopperTrace);
  const signals = await readFacts(dir, files.signals, signalFacts);
  const spans = facts?.elsewhere === null ? ((await readFactRows(dir, files.spans, compactSpan)) ?? []) : [];
  const whole = facts ?? { dropped: 0, elsewhere: 'nowhere' };
  const told = signalsCheck(signals, spans, whole, primed !== undefined);
  if (facts === null || shoppers === null) {
    const head = { check: 'traces-whole', kind: checks['traces-whole'] } as const;
    return [{ ...head, status: 'unknown', detail: 'no traces were collected' }, told];
  }
  const placed = shoppers.filter((row) => row.outcome === 'placed').map((row) => row.trace_id);
  return [traceCheck([...new Set(placed)], spans, facts, isMailSpan), told];
}

/** The closed list, in its order: a check that nobody made is unknown, one that nobody declared is a bug. */
export function inOrder(measured: readonly CheckResult[]): CheckResult[] {
  const known = Object.keys(checks) as CheckName[];
  const stray = measured.find((result) => !known.includes(result.check as CheckName));
  if (stray !== undefined) throw new Error(`${stray.check} is not in the list of checks`);
  return known.map((name): CheckResult => {
    const results = measured.filter((result) => result.check === name);
    if (results.length > 1) throw new Error(`${name} was judged ${results.length} times`);
    return results[0] ?? { check: name, kind: checks[name], status: 'unknown', detail: 'was not measured' };
  });
}
