// Runs one phase of load: plans it, starts k6, reads what it measures while it flows.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { measureFidelity, type StartedSession } from './fidelity.ts';
import { Ingest } from './gate/ingest.ts';
import type { Samples } from './gate/samples.ts';
import { watchProcess } from './process-usage.ts';
import type { Profile } from './profile.ts';
import {
  type K6Totals,
  leadSeconds,
  longestSessionSeconds,
  type Phase,
  type ReplayPlan,
  tailSeconds,
} from './replay-plan.ts';
import { makeSchedule, type PlannedSession, runShape, type ScheduleOptions } from './schedule.ts';
import type { ShopperRecord } from './shopper-record.ts';

export interface ReplayOptions extends ScheduleOptions {
  /** Path of the k6 binary. */
  readonly k6: string;
  /** Where plan, sessions, totals and the shoppers' ledger are written. */
  readonly dir: string;
  readonly profile: Profile;
  readonly phase: Phase;
  /** Unique among the runs against one shop: idempotency keys are made from it. */
  readonly run: string;
  readonly checkoutUrl: string;
  readonly ordersUrl: string;
  /** Fewer virtual users than the load needs make the run invalid, on purpose or not. */
  readonly maxVus?: number;
  readonly requestTimeoutSeconds?: number;
  /** Interrupts k6; what was measured so far is returned. */
  readonly signal?: AbortSignal;
  /** Called before anything else is done with k6, so that its caller can end it whatever happens. */
  readonly onSpawn?: (pid: number) => void;
  /** Called once, when the first session starts, with the moment of offset 0. */
  readonly onStart?: (startedAtMs: number) => void;
}

export interface ReplayResult {
  readonly samples: Samples;
  readonly records: readonly ShopperRecord[];
  /** The shoppers' ledger, NDJSON, one ShopperRecord a line. */
  readonly recordsFile: string;
  readonly schedule: readonly PlannedSession[];
  readonly interrupted: boolean;
}

const script = join(import.meta.dirname, 'peak-replay.ts');
const windowMs = 2_000;
const defaultTimeoutSeconds = 10;
// 1 to 2 MB each: within the 1.5 GB a drill allows its generator.
const defaultMaxVus = 600;
const stderrTail = 4_000;
const stopGraceMs = 5_000;

export async function runReplay(options: ReplayOptions): Promise<ReplayResult> {
  const schedule = makeSchedule(options.profile, options);
  const timeout = options.requestTimeoutSeconds ?? defaultTimeoutSeconds;
  const at = (name: string) => join(options.dir, `${options.phase}-${name}`);
  const plan: ReplayPlan = {
    phase: options.phase,
    run: lettersOf(options.run),
    seed: options.seed,
    checkoutUrl: options.checkoutUrl,
    ordersUrl: options.ordersUrl,
    sessions: schedule.length,
    durationSeconds: options.durationSeconds,
    vus: virtualUsers(schedule, options),
    requestTimeoutSeconds: timeout,
    longestSessionSeconds: longestSessionSeconds(schedule, timeout),
    sessionsFile: at('sessions.json'),
    summaryFile: at('k6-totals.json'),
  };
  if (schedule.length === 0)
    throw new Error(`a ${options.durationSeconds} s run at this rate plans no session`);
  await mkdir(options.dir, { recursive: true });
  await rm(plan.summaryFile, { force: true });
  await writeFile(plan.sessionsFile, JSON.stringify(schedule));
  await writeFile(at('plan.json'), JSON.stringify(plan, null, 2));

  const recordsFile = at('shoppers.ndjson');
  const ledger = createWriteStream(recordsFile);
  const records: ShopperRecord[] = [];
  const started: StartedSession[] = [];
  let startedAtMs = 0;
  const ingest = new Ingest({
    windowMs,
    patienceMs: timeout * 1000,
    onRecord: (record) => {
      records.push(record);
      ledger.write(`${JSON.stringify(record)}\n`);
    },
    onSession: (session, latenessMs, startMs) => {
      if (started.length === 0) {
        startedAtMs = Math.round(startMs - latenessMs - (schedule[session]?.offset_ms ?? 0));
        options.onStart?.(startedAtMs);
      }
      started.push({ session, latenessMs });
    },
  });

  const ended = await runK6(options, plan, at('plan.json'), ingest).finally(() => {
    ledger.end();
    return once(ledger, 'close');
  });
  const totals = await readTotals(plan.summaryFile);
  const samples: Samples = {
    phase: options.phase,
    startedAtMs,
    durationSeconds: options.durationSeconds,
    peakOrdersPerSecond: options.peakOrdersPerSecond * options.scale,
    windowMs,
    windows: ingest.windows,
    lateness: ingest.lateness,
    sessionsPlanned: schedule.length,
    submissionsReceived: ingest.submissions,
    totals,
    abandoned: ingest.abandoned,
    fidelity: measureFidelity(schedule, started, options.durationSeconds, fidelityBins(options)),
    generator: { vus: plan.vus, cores: availableParallelism(), ...ended.usage },
  };
  return { samples, records, recordsFile, schedule, interrupted: ended.interrupted };
}

/** Ten letters for a run: a date in a key is as long as a card number, and a careful shop refuses what looks like one. */
const lettersOf = (run: string) =>
  [...createHash('sha256').update(run).digest().subarray(0, 10)]
    .map((byte) => String.fromCharCode(97 + (byte % 26)))
    .join('');

/** Little's law: arrivals × length. In a fault every order waits for as long as the shop gives its providers. */
function virtualUsers(schedule: readonly PlannedSession[], options: ReplayOptions): number {
  const { carts, orders } = options.profile.funnel;
  const peakOrders = options.peakOrdersPerSecond * options.scale;
  const pauses = { cart: 0, checkout: 2, order: 3 };
  const thinkMs = schedule.map(({ stage, think_ms }) =>
    think_ms.slice(0, pauses[stage]).reduce((sum, ms) => sum + ms, 0),
  );
  const meanSeconds = thinkMs.reduce((sum, ms) => sum + ms, 0) / Math.max(1, schedule.length) / 1000;
  // 0.5 s for the calls themselves; 5 s is the deadline of a submission; half as many again, for arrivals come in clumps.
  const wanted = (peakOrders * (carts / orders) * (meanSeconds + 0.5) + peakOrders * 5) * 1.5 + 10;
  return Math.max(1, Math.min(Math.ceil(wanted), schedule.length, options.maxVus ?? defaultMaxVus));
}

/** Bins of at least two seconds: in narrower ones a few milliseconds of lateness would look like lost sessions. */
const fidelityBins = (options: ReplayOptions) =>
  Math.max(
    1,
    Math.min(runShape(options.profile, options.shape).length * 4, Math.floor(options.durationSeconds / 2)),
  );

async function runK6(options: ReplayOptions, plan: ReplayPlan, planFile: string, ingest: Ingest) {
  const began = performance.now();
  const k6 = spawn(options.k6, ['run', '-q', '--address', '', '--out', 'json=-', script], {
    // Nothing of the caller's environment reaches k6: a K6_… variable there would be another load.
    env: {
      HOME: options.dir,
      K6_NO_USAGE_REPORT: 'true',
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      HEADROOM_K6_PLAN: planFile,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (k6.pid !== undefined) options.onSpawn?.(k6.pid);
  const usage = watchProcess(k6.pid);
  let stderr = '';
  let scriptErrors = 0;
  k6.stderr.setEncoding('utf8').on('data', (text: string) => {
    scriptErrors += text.split('level=error').length - 1;
    stderr = (stderr + text).slice(-stderrTail);
  });
  let broken: unknown;
  k6.stdout.on('data', (chunk: Buffer) => {
    try {
      if (broken === undefined) ingest.write(chunk);
    } catch (error) {
      broken = error;
      k6.kill('SIGKILL');
    }
  });
  const withinSeconds = plan.durationSeconds + leadSeconds + tailSeconds + plan.longestSessionSeconds + 60;
  const limit = AbortSignal.timeout(withinSeconds * 1000);
  const stop = AbortSignal.any([limit, ...(options.signal ? [options.signal] : [])]);
  let hard: NodeJS.Timeout | undefined;
  const interrupt = () => {
    k6.kill('SIGINT');
    hard = setTimeout(() => k6.kill('SIGKILL'), stopGraceMs);
  };
  stop.addEventListener('abort', interrupt);
  if (stop.aborted) interrupt();
  try {
    const [code] = (await once(k6, 'close')) as [number | null];
    if (broken !== undefined) throw broken;
    if (code !== 0 && !stop.aborted) throw new Error(`k6 ended with ${code}:\n${stderr.trim()}`);
  } finally {
    clearTimeout(hard);
    stop.removeEventListener('abort', interrupt);
    usage.stop();
  }
  return {
    interrupted: stop.aborted,
    usage: { ...usage.read(), wallSeconds: (performance.now() - began) / 1000, scriptErrors },
  };
}

async function readTotals(file: string): Promise<K6Totals | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as K6Totals;
  } catch (error) {
    // An interrupted k6 may not have come to its summary; the gate says so.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
