// By which labels the lines of an expression differ: those that more than one value can have and that nothing sums away.
import type { Surroundings } from './document.ts';
import type { Expression, SeriesRead } from './expression.ts';
import { valuesOf } from './label-values.ts';
import { lets } from './matcher.ts';
import { isConstant } from './dimension.ts';
import { labelsOf } from './series.ts';

const choosing = new Set(['topk', 'bottomk', 'limitk']);
const ofBuckets = new Set(['histogram_quantile', 'histogram_fraction']);
const single = new Set(['scalar', 'absent', 'absent_over_time', 'vector', 'time']);

function ofSeries({ metric, matchers }: SeriesRead, around: Surroundings): string[] {
  const labels = labelsOf(metric);
  if (labels === null) return [];
  const there = labels === 'any' ? ['alertname'] : labels.filter((label) => label !== 'le');
  const edges = metric.endsWith('_bucket') ? ['le'] : [];
  return [...there, ...edges].filter((label) => {
    const own = matchers.filter((one) => one.label === label);
    const left = valuesOf(metric, label, around)?.filter((value) =>
      own.every((one) => lets(one, value) !== false),
    );
    return left === undefined ? own.every(({ op }) => op !== '=') : left.length > 1;
  });
}

export function linesOf(one: Expression, around: Surroundings): string[] {
  if (one.kind === 'series') return ofSeries(one, around);
  if (one.kind === 'number' || one.kind === 'text') return [];
  if (one.kind === 'binary') {
    const { op, left, right } = one;
    const [a, b] = [linesOf(left, around), linesOf(right, around)];
    if (op === 'or') return [...new Set([...a, ...b])];
    return isConstant(left) ? b : a;
  }
  const inner = one.of.flatMap((of) => linesOf(of, around));
  if (one.kind === 'call') {
    if (single.has(one.name)) return [];
    return ofBuckets.has(one.name) ? inner.filter((label) => label !== 'le') : inner;
  }
  if (one.by !== undefined && !choosing.has(one.name)) return [...one.by];
  if (choosing.has(one.name)) return inner;
  return one.without === undefined ? [] : inner.filter((label) => !one.without!.includes(label));
}
