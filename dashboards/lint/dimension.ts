// What an expression computes, as far as its parts say: a rate of things is things per second, a quantile of a histogram
// is in its unit, one thing over the same is a share. Null where it cannot be told.
import { allIn, type Expression, seriesIn } from './expression.ts';
import {
  type Dimension,
  dimensionOfMetric,
  dimensionOfSeries,
  moment,
  seconds,
  share,
  things,
} from './series-unit.ts';

const perSecond = new Set(['rate', 'irate', 'deriv']);
const counts = new Set(['count', 'count_values', 'count_over_time', 'changes', 'resets', 'absent', 'group']);
const unchanged = new Set(
  'increase delta idelta abs ceil floor round clamp clamp_min clamp_max sort sort_desc scalar vector label_replace label_join [] avg_over_time min_over_time max_over_time sum_over_time last_over_time sum min max topk bottomk stddev'.split(
    ' ',
  ),
);
/** Between seconds and minutes, milliseconds or days, bytes and kilobytes; any other factor is a weight. */
const conversions = new Set([60, 100, 1_000, 1_024, 3_600, 86_400, 1_000_000, 1_048_576, 1_000_000_000]);

const same = (a: Dimension, b: Dimension) =>
  a.seconds === b.seconds && a.bytes === b.bytes && a.things === b.things;

const times = (a: Dimension, b: Dimension, sign: 1 | -1): Dimension => ({
  seconds: a.seconds + sign * b.seconds,
  bytes: a.bytes + sign * b.bytes,
  things: a.things + sign * b.things,
  ...(a.converted || b.converted ? { converted: true } : {}),
});

export function dimensionOf(one: Expression): Dimension | null {
  if (one.kind === 'series') return dimensionOfSeries(one.metric);
  if (one.kind === 'call' || one.kind === 'aggregation') return ofFunction(one);
  return one.kind === 'binary' ? ofBinary(one) : null;
}

function ofFunction({ name, of }: Extract<Expression, { kind: 'call' | 'aggregation' }>): Dimension | null {
  if (name === 'time' || name === 'timestamp') return moment;
  if (counts.has(name)) return things;
  if (name === 'histogram_fraction') return share;
  if (name === 'histogram_quantile' && of[1] !== undefined) return ofBuckets(of[1]);
  const argument = of.find(({ kind }) => kind !== 'number' && kind !== 'text');
  const inner = argument === undefined ? null : dimensionOf(argument);
  if (inner === null) return null;
  if (perSecond.has(name)) return times(inner, seconds, -1);
  // The mean of states is the share of those that are on.
  if (name === 'avg') return same(inner, things) ? null : inner;
  return unchanged.has(name) ? inner : null;
}

/** The unit of the histogram whose buckets are read. */
export function ofBuckets(one: Expression): Dimension | null {
  const found = seriesIn(one).map(({ metric }) => dimensionOfMetric(metric));
  const [first] = found;
  if (first === null || first === undefined) return null;
  return found.every((other) => other !== null && same(other, first)) ? first : null;
}

const wrappers = new Set(['vector', 'scalar']);
/** Numbers, and what is made of nothing else. */
export const isConstant = (one: Expression) =>
  allIn(one).every(
    (part) =>
      part.kind === 'number' || part.kind === 'binary' || (part.kind === 'call' && wrappers.has(part.name)),
  );

function ofBinary({ op, bool, left, right }: Extract<Expression, { kind: 'binary' }>): Dimension | null {
  if (bool) return things;
  if (isConstant(left) || isConstant(right)) return scaled(op, left, right);
  const [a, b] = [dimensionOf(left), dimensionOf(right)];
  if (a === null) return null;
  if (!['+', '-', '*', '/', 'or', '%'].includes(op)) return op === '^' || op === 'atan2' ? null : a;
  if (b === null) return null;
  if (op === '*') return times(a, b, 1);
  if (op === '/') return times(a, b, -1);
  if (!same(a, b)) return null;
  // From one moment to another is a time; all else keeps what it is.
  return op === '-' && a.moment && b.moment ? seconds : a;
}

function scaled(op: string, left: Expression, right: Expression): Dimension | null {
  const [factor, of] = isConstant(left) ? [left, right] : [right, left];
  const found = dimensionOf(of);
  if (found === null || op === '^') return null;
  if (op === '/' && factor === left) return times(share, found, -1);
  const converts = factor.kind === 'number' && conversions.has(Math.abs(factor.value));
  return (op === '*' || op === '/') && converts ? { ...found, converted: true } : found;
}
