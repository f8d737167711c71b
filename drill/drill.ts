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
import { type Booted, boot, type HistoryPlace } from './boot.ts';
import { type Diary, openDiary } from './diary.ts';
import { files, makeEvidence, writeJson, writeWhole } from './evidence.ts';
import type { HistoryFacts, SpanFacts } from './facts.ts';
import { type Finished, finish } from './finish.ts';
import { assertHistory, backfillHistory, type HistorySummary } from './history.ts';
import { watchMachine } from './machine.ts';
import { type DrillOptions, type DrillSettings, settle } from './options.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';
import { runPhases } from './phases.ts';
import { placeCopy } from './plant.ts';
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
  const signal = options.signal ?? new AbortController().signal;
  const started = Date.now();
  const runId = `${new Date(started).toISOString().replace(/[-:]|\.\d+Z/g, '')}-${randomBytes(3).toString('hex')}`;
  const dir = await makeEvidence(resolve(options.out ?? join(process.cwd(), 'evidence')), runId);
  const diary = await openDiary(dir, headOf(runId, started, settings), progress);
  const machine = await watchMachine(join(dir, files.machine));
  const webhook = await startWebhook(join(dir, files.alerts));
  const otlp = await chooseSpans(dir, options.otlpEndpoint);
  const stopListening = async () => {
    await machine.stop();
    await webhook.close();
    await writeJson(dir, files.spanFacts, await otlp.close());
  };
  let booted: Booted | null = null;
  let endedEarly: string | null = null;
  let failure: unknown;
  try {
    booted = await bootFor({ dir, diary, settings, webhook, otlpUrl: otlp.url, progress, signal });
    diary.environment({ ...environment(), ...booted.versions });
    await runPhases({
      ...{ dir, runId, settings, booted, diary, webhook, progress, signal },
      dashboardFile: await placeCopy(
        join(packageRoot, 'dashboards', 'generated', 'checkout-overview.json'),
        join(dir, 'dashboard.json'),
        settings.sabotage?.editDashboard,
      ),
    });
  } catch (error) {
    endedEarly = signal.aborted ? 'interrupted by the operator' : `ended by an error: ${messageOf(error)}`;
    if (!signal.aborted) failure = error;
  }
  await endEverything(dir, booted, options.keep === true || failure !== undefined, progress);
  await stopListening();
  const facts = await diary.close(endedEarly);
  // Nothing was measured yet, so there is nothing to judge: the error is the whole answer.
  if (booted === null && failure !== undefined) {
    await rm(dir, { recursive: true, force: true });
    throw failure;
  }
  const finished = await finish({
    dir,
    facts,
    sabotage: settings.sabotage,
    versions: booted?.versions ?? {},
    ledgerFile: join(stateDirectory(), 'verdicts.ndjson'),
  });
  if (failure !== undefined) throw failure;
  const report = join(dir, files.report);
  return {
    ...finished,
    ...{ runId, dir, report },
    exitCode: finished.verdict.exit_code,
  };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function headOf(runId: string, started: number, settings: DrillSettings) {
  const { profile, plan, sabotage } = settings;
  return {
    schema: 1,
    run_id: runId,
    mode: plan.mode,
    sabotage: sabotage?.name ?? null,
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

interface Spans {
  readonly url: string;
  close(): Promise<SpanFacts>;
}

async function chooseSpans(dir: string, elsewhere: string | undefined): Promise<Spans> {
  if (elsewhere !== undefined)
    return { url: elsewhere, close: async () => ({ received: 0, dropped: 0, elsewhere }) };
  const receiver: OtlpReceiver = await startOtlpReceiver(join(dir, files.spans));
  return {
    url: receiver.url,
    async close() {
      await receiver.close();
      return receiver.facts();
    },
  };
}

async function bootFor(stage: {
  readonly dir: string;
  readonly diary: Diary;
  readonly settings: DrillSettings;
  readonly webhook: Webhook;
  readonly otlpUrl: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}): Promise<Booted> {
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
      beforePrometheus: async (place) => {
        progress.phase('history');
        history = await writeHistory(place, plan.historyOrdersPerSecond);
      },
    }),
  );
  await diary.phase('history', async () => {
    await writeJson(dir, files.history, await proveHistory(booted.prometheus.url, history!));
  });
  return booted;
}

const writeHistory = (
  { dataDir, workDir, promtool, promtoolEnvironment, onSpawn }: HistoryPlace,
  ordersPerSecond: number,
) =>
  backfillHistory({
    ...{ dataDir, workDir, promtool, onSpawn, ordersPerSecond },
    environment: promtoolEnvironment,
    endMs: Date.now() - historyEndsBeforeMs,
  });

async function proveHistory(prometheusUrl: string, summary: HistorySummary): Promise<HistoryFacts> {
  const found = await assertHistory({ prometheusUrl, summary });
  const facts = { series: summary.series.length, orders_per_second: summary.ordersPerSecond };
  if (found.kind === 'matches')
    return {
      ...facts,
      ok: true,
      detail: `${found.series} synthetic series over 30 days, each within ${(found.worstError * 100).toFixed(2)} % of what was written`,
    };
  const first = found.wrong[0]!;
  return {
    ...facts,
    ok: false,
    detail: `${found.wrong.length} series differ, first ${first.series}: ${first.found ?? 'nothing'} instead of ${first.expected}`,
  };
}

/** Faults first: the journal knows what is still to be undone, whatever threw. */
async function endEverything(
  dir: string,
  booted: Booted | null,
  keep: boolean,
  progress: Progress,
): Promise<void> {
  if (booted === null) return;
  progress.phase('stop');
  const undo = await undoFromJournal(join(dir, files.journal), { labControlUrl: booted.lab.url });
  for (const { fault_id, reason } of undo.failed)
    progress.note(`fault ${fault_id} is left to its lease: ${reason}`);
  await booted.stop({ keep });
}
