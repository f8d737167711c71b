// `headroom drill`: from nothing to a verdict in a sealed folder. Whatever happens on the way, faults are undone and
// everything that was started is stopped.
import { randomBytes } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { rm } from 'node:fs/promises';
import { renderAlertmanager } from '../alerts/render.ts';
import { undoFromJournal } from '../chaos/engine/undo.ts';
import { packageRoot, stateDirectory } from '../stack/places.ts';
import type { Progress } from '../stack/progress.ts';
import { aftermathEnvironment } from './aftermath/aftermath.ts';
import { type Booted, boot, type HistoryPlace } from './boot.ts';
import { type DeathWatch, watchForDeaths } from './deaths.ts';
import { type Diary, openDiary } from './diary.ts';
import { files, makeEvidence, writeJson, writeWhole } from './evidence.ts';
import type { HistoryFacts } from './facts.ts';
import { type Finished, finish } from './finish.ts';
import { openMarks } from './grafana.ts';
import { assertHistory, backfillHistory, type HistorySummary } from './history.ts';
import { watchMachine } from './machine.ts';
import { type DrillOptions, type DrillSettings, settle } from './options.ts';
import { primedFactsOf, primedPlan } from './primed/planned.ts';
import { startOtlpReceiver } from './otlp-receiver.ts';
import { runPhases } from './phases.ts';
import { placeCopy, placeDashboards } from './plant.ts';
import { startSpanTee } from './span-tee.ts';
import { messageOf, openStops, type Stops } from './stops.ts';
import { verdictLedger } from './verdict-ledger.ts';
import { startWebhook, type Webhook } from './webhook.ts';

export interface DrillResult extends Finished {
  readonly exitCode: 0 | 1 | 3 | 4;
  readonly runId: string;
  readonly dir: string;
  readonly report: string;
}

/** How long after the last sample of the history the first live one comes, at least: they must not overlap. */
const historyEndsBeforeMs = 2_000;

export async function runDrill(options: DrillOptions, progress: Progress): Promise<DrillResult> {
  const settings = await settle(options);
  for (const sentence of settings.primed === null ? [] : primedPlan(settings.primed)) progress.note(sentence);
  const signal = options.signal ?? new AbortController().signal;
  const started = Date.now();
  const runId = `${new Date(started).toISOString().replace(/[-:]|\.\d+Z/g, '')}-${randomBytes(3).toString('hex')}`;
  const dir = await makeEvidence(resolve(options.out ?? join(process.cwd(), 'evidence')), runId);
  const diary = await openDiary(dir, headOf(runId, started, settings), progress);
  const stops = openStops(progress.note);
  let stack: Stack | null = null;
  let endedEarly: string | null = null;
  let failure: unknown;
  let stopFailures: readonly Error[] = [];
  try {
    const listening = await listen(dir, diary, options.otlpEndpoint, stops, progress);
    const { webhook, otlpUrl } = listening;
    stack = await bootFor({ dir, diary, settings, webhook, otlpUrl, progress, signal });
    const { booted, deaths } = stack;
    stops.add('the shop and its parts', () =>
      endEverything(dir, booted, options.keep === true || failure !== undefined, progress),
    );
    await diary.phase('history', async () => {
      await writeJson(dir, files.history, await proveHistory(booted.prometheus.url, stack!.history));
    });
    diary.environment({ ...environment(), ...booted.versions });
    await placeDashboards(dir, settings.sabotage);
    await runPhases({
      ...{ dir, runId, settings, booted, diary, webhook, progress },
      marks: openMarks(options.grafana ?? null, runId, progress.note),
      signal: AbortSignal.any([signal, deaths.signal]),
      expectEnds: deaths.expectEnds,
    });
  } catch (error) {
    const death = stack?.deaths.death() ?? null;
    if (signal.aborted) endedEarly = 'interrupted by the operator';
    else if (death !== null) endedEarly = death.reason;
    else {
      endedEarly = `ended by an error: ${messageOf(error)}`;
      failure = error;
    }
  } finally {
    stack?.deaths.expectEnds();
    stopFailures = await stops.stopAll();
  }
  const facts = await diary.close(endedEarly);
  // Nothing was measured yet, so there is nothing to judge: the error is the whole answer.
  if (stack === null && failure !== undefined) {
    await rm(dir, { recursive: true, force: true });
    throw failure;
  }
  const finished = await finish({
    dir,
    facts,
    sabotage: settings.sabotage,
    versions: stack?.booted.versions ?? {},
    ledgerFile: verdictLedger(stateDirectory()),
  });
  // The evidence is sealed; that something broke on the way is still to be told.
  if (failure !== undefined) throw failure;
  if (stopFailures.length > 0) throw new AggregateError(stopFailures, stopFailures.map(messageOf).join('; '));
  const report = join(dir, files.report);
  return {
    ...finished,
    ...{ runId, dir, report },
    exitCode: finished.verdict.exit_code,
  };
}

function headOf(runId: string, started: number, settings: DrillSettings) {
  const { profile, plan, sabotage } = settings;
  return {
    schema: 1,
    run_id: runId,
    mode: plan.mode,
    sabotage: sabotage?.name ?? null,
    ...(settings.primed === null ? {} : { primed: primedFactsOf(settings.primed) }),
    seed: settings.seed,
    peak_orders_per_second: settings.peakOrdersPerSecond,
    scale: settings.scale,
    profile: {
      name: profile.name,
      hash: profile.hash,
      day: profile.day,
      title: profile.source.title,
      attribution: `${profile.source.attribution}, ${profile.source.license}, doi ${profile.source.doi}`,
      recorded_peak_orders_per_minute: profile.recordedPeakOrdersPerMinute,
    },
    started_ms: started,
  } as const;
}

const environment = () => ({
  cores: `${availableParallelism()}`,
  memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
  platform: `${process.platform} ${process.arch}`,
});

/** Opens what listens to the run, before there is a run. */
async function listen(
  dir: string,
  diary: Diary,
  collector: string | undefined,
  stops: Stops,
  progress: Progress,
): Promise<{ readonly webhook: Webhook; readonly otlpUrl: string }> {
  const machine = await watchMachine(join(dir, files.machine));
  stops.add('the watch on the machine', () => machine.stop());
  const webhook = await startWebhook(join(dir, files.alerts));
  stops.add('the webhook', () => webhook.close());
  const tee = collector === undefined ? undefined : startSpanTee(collector);
  const otlp = await startOtlpReceiver(join(dir, files.spans), { tee });
  stops.add('the span receiver', async () => {
    await otlp.close();
    await writeJson(dir, files.spanFacts, otlp.facts());
    if (tee === undefined) return;
    const copies = await tee.close();
    await diary.note({ span_copies: copies });
    if (copies.failed > 0) progress.note(`${copies.failed} batches of spans did not reach ${tee.collector}`);
  });
  return { webhook, otlpUrl: otlp.url };
}

interface Stack {
  readonly booted: Booted;
  readonly deaths: DeathWatch;
  readonly history: HistorySummary;
}

async function bootFor(stage: {
  readonly dir: string;
  readonly diary: Diary;
  readonly settings: DrillSettings;
  readonly webhook: Webhook;
  readonly otlpUrl: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}): Promise<Stack> {
  const { dir, diary, settings, progress, signal } = stage;
  const { plan, sabotage } = settings;
  const rules = await placeCopy(
    join(packageRoot, 'alerts', 'generated', 'rules.yml'),
    join(dir, 'rules.yml'),
    sabotage?.editRules,
  );
  const routing = join(dir, 'alertmanager.yml');
  await writeWhole(routing, renderAlertmanager(stage.webhook.url));
  let history: HistorySummary | null = null;
  const booted = await diary.phase('boot', () =>
    boot({
      progress,
      signal,
      ruleFiles: [rules],
      alertmanagerConfig: routing,
      scrapeIntervalSeconds: plan.scrapeSeconds,
      evaluationIntervalSeconds: plan.scrapeSeconds,
      otlpEndpoint: stage.otlpUrl,
      shopEnvironment: { ...aftermathEnvironment, ...(settings.primed === null ? {} : nothingIsSentYet) },
      beforePrometheus: async (place) => {
        progress.phase('history');
        history = await writeHistory(place, settings);
      },
    }),
  );
  const { shop, postgres, redis, toxiproxy, smtp, lab, prometheus, alertmanager } = booted;
  const parts = [postgres, redis, toxiproxy, smtp, lab, prometheus, ...(alertmanager ? [alertmanager] : [])];
  const deaths = watchForDeaths([shop.checkout, shop.orders, shop.workers, ...parts], ({ name, reason }) => {
    progress.note(reason);
    // The journal may fail like any file; the reason stands in run.json as well.
    diary.note({ died: name, reason }).catch((error: Error) => progress.note(error.message));
  });
  return { booted, deaths, history: history! };
}

/** A slow alert is waited for longer than a buyer may think it over, and no drill looks at what is captured and sent then. */
const nothingIsSentYet = { FULFILMENT_DELAY_MS: '7200000' };

const writeHistory = (
  { dataDir, workDir, promtool, promtoolEnvironment, onSpawn }: HistoryPlace,
  { plan, primed }: DrillSettings,
) =>
  backfillHistory({
    ...{ dataDir, workDir, promtool, onSpawn, primed: primed?.history },
    ordersPerSecond: primed?.historyPerSecond ?? plan.historyOrdersPerSecond,
    environment: promtoolEnvironment,
    endMs: Date.now() - historyEndsBeforeMs,
  });

async function proveHistory(prometheusUrl: string, summary: HistorySummary): Promise<HistoryFacts> {
  const found = await assertHistory({ prometheusUrl, summary });
  const kind = summary.primed === null ? 'synthetic' : 'synthetic and primed';
  const facts = { series: summary.series.length, orders_per_second: summary.ordersPerSecond };
  if (found.kind === 'matches')
    return {
      ...facts,
      ok: true,
      detail: `${found.series} ${kind} series over 30 days, each within ${(found.worstError * 100).toFixed(2)} % of what was written`,
    };
  const first = found.wrong[0]!;
  return {
    ...facts,
    ok: false,
    detail: `${found.wrong.length} series differ, first ${first.series}: ${first.found ?? 'nothing'} instead of ${first.expected}`,
  };
}

/** Faults first: the journal knows what is still to be undone, whatever threw. */
async function endEverything(dir: string, booted: Booted, keep: boolean, progress: Progress): Promise<void> {
  progress.phase('stop');
  const undo = await undoFromJournal(join(dir, files.journal), { labControlUrl: booted.lab.url });
  for (const { fault_id, reason } of undo.failed)
    progress.note(`fault ${fault_id} is left to its lease: ${reason}`);
  await booted.stop({ keep });
}
