// Thirty days of synthetic history put into Prometheus' data directory before it starts, and the proof that it is there.
// Live counters start at 0 where the history's end high: Prometheus takes that for the restart of a process, and counts on.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { windowDays } from '../alerts/slos.ts';
import {
  expectedIncrease,
  healthyBudgetShare,
  type HistoryTraffic,
  historySeries,
  openMetrics,
  type Primed,
  sampleOffsets,
} from './history-series.ts';

export interface BackfillOptions {
  readonly promtool: string;
  /** What promtool needs to run, e.g. where its shared libraries are. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called as soon as promtool runs, so that its caller can end it whatever happens. */
  readonly onSpawn?: (pid: number) => void;
  /** Prometheus' `--storage.tsdb.path`; Prometheus must not be running. */
  readonly dataDir: string;
  readonly workDir: string;
  /** Last sample; a few seconds before now at most, because live samples must come after it. */
  readonly endMs: number;
  readonly ordersPerSecond: number;
  /** Share of every error budget already spent. A healthy month spends little. */
  readonly budgetSpentShare?: number;
  /** Objectives that went bad lately, close to a threshold of theirs. */
  readonly primed?: Primed | undefined;
}

export interface HistorySummary {
  /** Nobody shopped: said here, not by a label that would split the live series from their past. */
  readonly synthetic: true;
  readonly startMs: number;
  readonly endMs: number;
  readonly ordersPerSecond: number;
  readonly samples: number;
  readonly tookMs: number;
  readonly series: readonly { readonly series: string; readonly expectedIncrease: number }[];
  readonly primed: Primed | null;
}

const promtoolLimitMs = 120_000;

export async function backfillHistory(options: BackfillOptions): Promise<HistorySummary> {
  const started = performance.now();
  const traffic: HistoryTraffic = {
    endMs: options.endMs,
    ordersPerSecond: options.ordersPerSecond,
    budgetSpentShare: options.budgetSpentShare ?? healthyBudgetShare,
    primed: options.primed,
  };
  const series = historySeries(traffic);
  await mkdir(options.workDir, { recursive: true });
  await mkdir(options.dataDir, { recursive: true });
  const text = join(options.workDir, 'history.om');
  try {
    await pipeline(Readable.from(openMetrics(series, options.endMs)), createWriteStream(text));
    await createBlocks(options, text);
  } finally {
    await rm(text, { force: true });
  }
  return {
    synthetic: true,
    startMs: options.endMs - windowDays * 86_400_000,
    endMs: options.endMs,
    ordersPerSecond: options.ordersPerSecond,
    samples: series.length * sampleOffsets().length,
    tookMs: Math.round(performance.now() - started),
    series: series.map((one) => ({ series: one.series, expectedIncrease: expectedIncrease(one) })),
    primed: options.primed ?? null,
  };
}

/** One block of up to 32 days: with the default of 2 h promtool opens 360 blocks, which takes minutes. */
async function createBlocks(options: BackfillOptions, text: string): Promise<void> {
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', '--max-block-duration=768h'];
  const child = spawn(options.promtool, [...args, text, options.dataDir], {
    env: { ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: promtoolLimitMs,
  });
  if (child.pid !== undefined) options.onSpawn?.(child.pid);
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return;
  throw new Error(
    `promtool could not write the history (exit ${code}): ${Buffer.concat(said).toString().trim()}`,
  );
}

export type HistoryCheck =
  | { readonly kind: 'matches'; readonly series: number; readonly worstError: number }
  | { readonly kind: 'differs'; readonly wrong: readonly HistoryDifference[] };

interface HistoryDifference {
  readonly series: string;
  readonly expected: number;
  /** null = Prometheus does not know the series. */
  readonly found: number | null;
}

const tolerance = 0.01;
/** 1 % of a handful of events is less than one event. */
const toleratedEvents = 1;

/** Asks Prometheus for `increase(series[30d])` of each series at the history's end: within 1 % of what was generated? */
export async function assertHistory(options: {
  readonly prometheusUrl: string;
  readonly summary: HistorySummary;
}): Promise<HistoryCheck> {
  const { summary, prometheusUrl } = options;
  const wrong: HistoryDifference[] = [];
  let worstError = 0;
  for (const { series, expectedIncrease: expected } of summary.series) {
    const found = await increaseOf(prometheusUrl, series, summary.endMs);
    const error = found === null ? Number.POSITIVE_INFINITY : Math.abs(found - expected);
    if (error > Math.max(toleratedEvents, expected * tolerance)) wrong.push({ series, expected, found });
    else worstError = Math.max(worstError, expected === 0 ? 0 : error / expected);
  }
  return wrong.length > 0
    ? { kind: 'differs', wrong }
    : { kind: 'matches', series: summary.series.length, worstError };
}

async function increaseOf(prometheusUrl: string, series: string, atMs: number): Promise<number | null> {
  const query = new URLSearchParams({
    query: `increase(${series}[${windowDays}d])`,
    time: `${atMs / 1_000}`,
  });
  const response = await fetch(`${prometheusUrl}/api/v1/query?${query}`, {
    signal: AbortSignal.timeout(30_000),
  });
  const body = (await response.json()) as { status: string; error?: string; data?: { result: Sample[] } };
  if (body.status !== 'success') throw new Error(`Prometheus refused ${series}: ${body.error}`);
  const value = body.data?.result[0]?.value[1];
  return value === undefined ? null : Number(value);
}

interface Sample {
  readonly value: readonly [number, string];
}
