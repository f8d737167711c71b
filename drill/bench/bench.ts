// `headroom bench`: every figure beside the one it is compared with, in the same run on the same machine.
import { mkdir } from 'node:fs/promises';
import { stateDirectory } from '../../stack/places.ts';
import type { Progress } from '../../stack/progress.ts';
import { writeJson } from '../evidence.ts';
import { putAway } from './caught-up.ts';
import { checkoutCpu } from './checkout-cpu.ts';
import { hotSku } from './hot-sku.ts';
import type { BenchRow } from './row.ts';
import { type BenchSize, openStand, type Stand } from './stand.ts';
import { telemetryCost } from './telemetry-cost.ts';
import { workerDrain } from './worker-drain.ts';

const benches = {
  'checkout-cpu': checkoutCpu,
  telemetry: telemetryCost,
  'worker-drain': workerDrain,
  // Last: it leaves half a million orders of the last minutes, which the workers of a shop go on looking through.
  'hot-sku': hotSku,
} as const satisfies Record<string, (stand: Stand) => Promise<BenchRow[]>>;
export type BenchName = keyof typeof benches;
const benchNames = Object.keys(benches) as BenchName[];

export interface BenchOptions {
  readonly only: readonly BenchName[];
  readonly size: BenchSize;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly stateDirectory?: string | undefined;
}

export async function runBench({ only, ...options }: BenchOptions): Promise<BenchRow[]> {
  const { progress, signal } = options;
  const state = options.stateDirectory ?? stateDirectory();
  await mkdir(state, { recursive: true });
  const stand = await openStand({ ...options, stateDirectory: state });
  const rows: BenchRow[] = [];
  try {
    for (const name of benchNames.filter((each) => only.length === 0 || only.includes(each))) {
      signal.throwIfAborted();
      progress.phase(name);
      const measured = await benches[name](stand);
      rows.push(...measured);
      for (const row of measured) progress.note(inShort(row));
      await putAway(stand);
      // After each: an interrupted bench leaves what it has.
      await writeJson(state, 'bench.json', rows);
    }
    return rows;
  } finally {
    progress.phase('stop');
    await stand.ground.run.stop();
  }
}

const figure = (value: number) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const bound = ({ better, required, stretch }: BenchRow) =>
  required === null ? '–' : `${better === 'lower' ? '≤' : '≥'} ${figure(required)} (${figure(stretch!)})`;
const verdict = ({ met, stretch_met }: BenchRow) =>
  met === null ? '' : stretch_met ? 'met, and the stretch' : met ? 'met' : 'missed';

const inShort = (row: BenchRow) =>
  `${row.name}: ${figure(row.ours)} to ${figure(row.reference)} ${row.unit}, ${figure(row.ratio)} ${verdict(row)}`.trimEnd();

/** A table for people; the notes below it. */
export function benchText(rows: readonly BenchRow[]): string {
  const head = ['', 'ours', 'reference', 'ratio', 'of pairs', 'must be (stretch)', ''];
  const cells = rows.map((row) => [
    row.name,
    figure(row.ours),
    figure(row.reference),
    figure(row.ratio),
    `${figure(row.spread[0])}–${figure(row.spread[1])} (${row.pairs})`,
    bound(row),
    verdict(row),
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd();
  const notes = rows.map(({ name, unit, note }) => `${name}: ${unit}; ${note}`);
  return [line(head), ...cells.map(line), '', ...notes].join('\n');
}
