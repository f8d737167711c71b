// The phases of a drill, in their order. Each writes its facts into the evidence as soon as it has them, so that a run
// that ends early leaves what it measured.
import { join } from 'node:path';
import { type SteadySample, systemClock } from '../chaos/engine/target.ts';
import { startWatchdog } from '../chaos/engine/watchdog.ts';
import { collectLedgers, collectSeededStock } from '../chaos/ledgers/collect.ts';
import { samplesToJson } from '../loadtests/gate/samples.ts';
import { type ReplayOptions, type ReplayResult, runReplay } from '../loadtests/run-k6.ts';
import type { Progress } from '../stack/progress.ts';
import type { Booted } from './boot.ts';
import type { Diary } from './diary.ts';
import type { Act } from './aftermath/act.ts';
import { acts } from './aftermath/acts.ts';
import { type Aftermath, openAftermath } from './aftermath/aftermath.ts';
import { drain } from './drain.ts';
import { files, writeJson, writeWhole } from './evidence.ts';
import type { QueueFacts } from './facts.ts';
import { runGameDay } from './game-day.ts';
import type { Marks } from './grafana.ts';
import type { DrillSettings } from './options.ts';
import { lookAtDashboards } from './panels.ts';
import { doctorEach, plantFaults, plantSql } from './plant.ts';
import { prewarm, readCatalogue } from './prewarm.ts';
import { askSignals } from './signals/ask.ts';
import type { SignalFacts } from './signals/facts.ts';
import { readLog } from './signals/read-log.ts';
import { watchSlis } from './slis.ts';
import { together } from './together.ts';
import type { Webhook } from './webhook.ts';

export interface Stage {
  readonly dir: string;
  readonly runId: string;
  readonly settings: DrillSettings;
  readonly booted: Booted;
  readonly diary: Diary;
  readonly webhook: Webhook;
  readonly marks: Marks;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Called before the phases themselves end processes. */
  expectEnds(): void;
}

/** Loads, breaks, drains, collects. Throws what the signal was aborted with when somebody ends it. */
export async function runPhases(stage: Stage): Promise<void> {
  const { dir, settings, booted, diary, signal, progress } = stage;
  const { shop, ownerUrl } = booted;
  const urls = { checkout: shop.checkout.url, orders: shop.orders.url };
  await collectSeededStock({ evidenceDir: dir, ownerUrl, nowMs: Date.now });
  if (settings.sabotage?.sql !== undefined) {
    await diary.note({ sabotage: settings.sabotage.name, sql: settings.sabotage.sql });
    await plantSql(ownerUrl, settings.sabotage.sql);
  }
  await diary.phase('prewarm', () => prewarm(urls, settings.plan.prewarmSeconds));
  signal.throwIfAborted();
  // Before the first fault: it undoes what is open when this process dies, however it dies.
  const watchdog = startWatchdog({ journalPath: join(dir, files.journal), labControlUrl: booted.lab.url });
  try {
    await underFaults(stage);
  } finally {
    // What it cannot undo either is left to its lease, and faults-undone says so.
    await watchdog.stop().catch((error: Error) => progress.note(error.message));
  }
}

async function underFaults(stage: Stage): Promise<void> {
  const { dir, settings, booted, diary, signal } = stage;
  const { shop } = booted;
  const urls = { checkout: shop.checkout.url, orders: shop.orders.url };
  const undoSabotage = await plantFaults(settings.sabotage, {
    controlUrl: booted.lab.url,
    runId: stage.runId,
    seed: settings.seed,
    journal: diary.journal,
  });
  const slis = await watchSlis(join(dir, files.slis), [urls.checkout, urls.orders, shop.workers.url]);
  const loadFromMs = Date.now();
  const aftermath = await openAftermath(actsOf(settings), {
    ...stage,
    ...{ seed: settings.seed, scrapeSeconds: settings.plan.scrapeSeconds, loadFromMs },
  });
  try {
    await slis.sample();
    const loads = await together(
      signal,
      (both) => loadAndBreak({ ...stage, signal: both }, () => slis.recent()),
      (both) => aftermath.besideTheLoad(both),
    );
    signal.throwIfAborted();
    await undoSabotage();
    const settled = await diary.phase('settle', () => settleDown(stage));
    signal.throwIfAborted();
    await diary.phase('aftermath', async () => {
      await aftermath.afterTheLoad(signal);
      // What the load left is not forgiven because it was gone a little later.
      if (settled.drained) await settleDown(stage);
    });
    signal.throwIfAborted();
    await diary.phase('collect', () => collect(stage, loads, aftermath, loadFromMs));
  } finally {
    await undoSabotage();
    await slis.stop();
    await aftermath.close();
  }
}

async function loadAndBreak(stage: Stage, probe: () => SteadySample): Promise<readonly ReplayResult[]> {
  const baseline = await stage.diary.phase('baseline', () => load(stage, 'baseline'));
  stage.signal.throwIfAborted();
  return [baseline, await replayWithGameDay(stage, probe)];
}

/** A primed drill speaks of one alert, and of nothing that is sent. */
const actsOf = ({ primed }: DrillSettings): readonly Act[] => (primed === null ? acts : []);

async function load(
  { dir, runId, settings, booted, signal }: Stage,
  phase: 'baseline' | 'replay',
  onStart?: (startedAtMs: number) => void,
): Promise<ReplayResult> {
  const { plan, sabotage } = settings;
  const { scarce_skus } = await readCatalogue();
  const options: ReplayOptions = {
    k6: booted.parts.k6.binaries.k6!,
    dir: join(dir, 'load'),
    profile: settings.profile,
    phase,
    run: runId,
    checkoutUrl: booted.shop.checkout.url,
    ordersUrl: booted.shop.orders.url,
    peakOrdersPerSecond: settings.peakOrdersPerSecond,
    scale: phase === 'baseline' ? 1 : settings.scale,
    durationSeconds: phase === 'baseline' ? plan.baselineSeconds : plan.replaySeconds,
    seed: phase === 'baseline' ? settings.seed : settings.seed + 1,
    shape: phase === 'baseline' ? 'flat' : plan.shape,
    scarce: { skus: scarce_skus, share: plan.scarceShare },
    signal,
    onSpawn: (pid) => void booted.run.adopt('k6', pid),
    ...(sabotage?.maxVus === undefined ? {} : { maxVus: sabotage.maxVus }),
    ...(onStart === undefined ? {} : { onStart }),
  };
  const result = await runReplay(options);
  await writeJson(dir, files[phase], samplesToJson(result.samples));
  return result;
}

async function replayWithGameDay(stage: Stage, probe: () => SteadySample): Promise<ReplayResult> {
  let begin: (startedAtMs: number) => void = () => undefined;
  const started = new Promise<number>((resolve) => {
    begin = resolve;
  });
  return together(
    stage.signal,
    (signal) => stage.diary.phase('replay', () => load({ ...stage, signal }, 'replay', begin)),
    async (signal, replay) => {
      // A replay that never starts a session must not leave the game day waiting for it.
      const startedMs = await Promise.race([started, replay.then(() => Date.now())]);
      await gameDay({ ...stage, signal }, startedMs, probe);
    },
  );
}

async function gameDay(stage: Stage, startedMs: number, probe: () => SteadySample): Promise<void> {
  const { dir, diary, booted, settings, webhook, marks, progress, signal } = stage;
  await diary.phase('game-day', () =>
    runGameDay(
      settings.gameDay,
      startedMs,
      {
        labControlUrl: booted.lab.url,
        probe: async () => probe(),
        alertsReceived: () => webhook.received(),
        clock: systemClock,
      },
      {
        runId: stage.runId,
        journal: diary.journal,
        seed: settings.seed,
        signal,
        onState(experiment, state) {
          progress.status(`${experiment}: ${state}`);
          marks.onState(experiment, state);
        },
        onFacts: (facts) => writeJson(dir, files.experiments, facts),
      },
    ),
  );
  await marks.settled();
}

async function settleDown({ dir, booted, settings, progress, signal }: Stage): Promise<QueueFacts> {
  const queues = await drain(booted.ownerUrl, settings.plan.drainSeconds, signal, (left) =>
    progress.status(
      Object.entries(left)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ') || 'nothing left',
    ),
  );
  await writeJson(dir, files.queues, queues);
  return queues;
}

async function collect(
  stage: Stage,
  loads: readonly ReplayResult[],
  aftermath: Aftermath,
  fromMs: number,
): Promise<void> {
  const { dir, booted, settings } = stage;
  const prometheusUrl = booted.prometheus.url;
  const { panels, charts } = await lookAtDashboards({
    ...{ dir, prometheusUrl, fromMs, toMs: Date.now(), acts: actsOf(settings) },
    played: aftermath.played(),
  });
  await writeJson(dir, files.panels, panels);
  // On one line: it is long, and nobody reads it but the report.
  await writeWhole(join(dir, files.charts), JSON.stringify(charts));
  await collectLedgers({
    evidenceDir: dir,
    shopperFiles: [...loads, aftermath].map(({ recordsFile }) => recordsFile),
    labControlUrl: booted.lab.url,
    ownerUrl: booted.ownerUrl,
    mailboxFile: booted.mailboxFile,
    nowMs: Date.now,
  });
  if (settings.sabotage?.doctorsLedgers === true)
    await writeJson(dir, 'doctored.json', await doctorEach(dir));
  const asked = await askSignals(booted.prometheus.url, fromMs, Date.now());
  stage.expectEnds();
  // Ends each process politely: what it still holds of spans leaves with it.
  for (const service of [booted.shop.checkout, booted.shop.orders, booted.shop.workers]) await service.stop();
  const logOf = (service: string) => readLog(join(booted.run.logs, `${service}.log`));
  const [checkoutLog, ordersLog, workersLog] = await Promise.all(
    ['checkout', 'orders', 'workers'].map(logOf),
  );
  const logs = { checkout: checkoutLog!, orders: ordersLog!, workers: workersLog! };
  await writeJson(dir, files.signals, { ...asked, logs } satisfies SignalFacts);
}
