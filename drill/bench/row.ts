// A row of the bench: two figures of one run, measured in turns, and what their ratio must be.

export interface Target {
  /** Whether a small ratio is the good one. */
  readonly better: 'lower' | 'higher';
  /** The ratio itself; null where a figure stands beside the others for comparison only. */
  readonly required: number | null;
  readonly stretch: number | null;
}

export interface BenchRow extends Target {
  readonly name: string;
  readonly unit: string;
  /** Medians of the repetitions. */
  readonly ours: number;
  readonly reference: number;
  /** Median of the ratios of the pairs: both halves of a pair met the same machine. */
  readonly ratio: number;
  /** Smallest and largest ratio of a pair. */
  readonly spread: readonly [number, number];
  readonly pairs: number;
  /** null without a requirement. */
  readonly met: boolean | null;
  readonly stretch_met: boolean | null;
  readonly note: string;
}

export interface Pair {
  readonly ours: number;
  readonly reference: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function rowOf(
  { name, unit, note }: Pick<BenchRow, 'name' | 'unit' | 'note'>,
  target: Target,
  pairs: readonly Pair[],
): BenchRow {
  if (pairs.length === 0) throw new Error(`${name} was never measured`);
  const ratios = pairs.map(({ ours, reference }) => ours / reference);
  const broken = ratios.find((ratio) => !Number.isFinite(ratio) || ratio <= 0);
  if (broken !== undefined) throw new Error(`${name} measured nothing: ${JSON.stringify(pairs)}`);
  const ratio = median(ratios);
  const within = (bound: number | null) =>
    bound === null ? null : target.better === 'lower' ? ratio <= bound : ratio >= bound;
  return {
    ...{ name, unit, ...target },
    ours: median(pairs.map(({ ours }) => ours)),
    reference: median(pairs.map(({ reference }) => reference)),
    ratio,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    pairs: pairs.length,
    met: within(target.required),
    stretch_met: within(target.stretch),
    note,
  };
}
