// Between which values an expression can lie: what counts is never below nothing, a state is 0 or 1, a count of series
// that are there is at least one. Where nobody says, everything is possible.
import { recorded } from '../../alerts/sli.ts';
import type { Expression } from './expression.ts';
import { isRecordedAs, metricOf } from './series.ts';

export type Bounds = readonly [low: number, high: number];

const infinite = Number.POSITIVE_INFINITY;
const anything: Bounds = [-infinite, infinite];
const fromZero: Bounds = [0, infinite];
const fromOne: Bounds = [1, infinite];

const kept = new Set(
  'min max avg topk bottomk quantile last_over_time min_over_time max_over_time avg_over_time quantile_over_time sort sort_desc label_replace label_join scalar vector [] round ceil'.split(
    ' ',
  ),
);
const neverNegative = new Set(
  'rate irate increase sum_over_time histogram_quantile stddev stdvar changes resets abs time timestamp'.split(
    ' ',
  ),
);
const atLeastOne = new Set(['count', 'count_over_time', 'absent', 'group', 'present_over_time']);
const isFilter = (op: string) => ['==', '!=', '<', '<=', '>', '>='].includes(op);

function ofSeries(metric: string): Bounds {
  if (metric === 'ALERTS') return [1, 1];
  if (isRecordedAs(metric, recorded.budgetRemaining)) return [-infinite, 1];
  if (isRecordedAs(metric, recorded.spentByStep, recorded.spentByProvider)) return anything;
  if (isRecordedAs(metric, recorded.errorRatio)) return [0, 1];
  if (isRecordedAs(metric, ...Object.values(recorded))) return fromZero;
  const declared = metricOf(metric);
  if (declared === undefined) return anything;
  return declared.unit === 'state' || declared.unit === 'info' ? [0, 1] : fromZero;
}

export function boundsOf(one: Expression): Bounds {
  if (one.kind === 'number') return [one.value, one.value];
  if (one.kind === 'series') return ofSeries(one.metric);
  if (one.kind === 'binary') return ofBinary(one);
  return one.kind === 'text' ? anything : ofFunction(one);
}

function ofFunction({ name, of }: Extract<Expression, { kind: 'call' | 'aggregation' }>): Bounds {
  if (atLeastOne.has(name)) return fromOne;
  const inner = of.find(
    ({ kind }, index) => kind !== 'text' && (of.length === 1 || index > 0 || kind !== 'number'),
  );
  const [low, high] = inner === undefined ? anything : boundsOf(inner);
  if (name === 'sum') return [low >= 0 ? low : -infinite, high <= 0 ? high : infinite];
  if (neverNegative.has(name)) return fromZero;
  const limit = of[1]?.kind === 'number' ? of[1].value : null;
  if (name === 'clamp_min' && limit !== null) return [Math.max(low, limit), Math.max(high, limit)];
  if (name === 'clamp_max' && limit !== null) return [Math.min(low, limit), Math.min(high, limit)];
  return kept.has(name) ? [low, high] : anything;
}

/** Nothing times infinity is nothing here: no series is infinite. */
const product = (a: number, b: number) => (a === 0 || b === 0 ? 0 : a * b);

function ofBinary({ op, bool, left, right }: Extract<Expression, { kind: 'binary' }>): Bounds {
  const [a, b] = [boundsOf(left), boundsOf(right)];
  if (bool) return [0, 1];
  // A filter keeps what it compares, which is the side that is no number.
  if (isFilter(op)) return left.kind === 'number' ? b : a;
  if (op === 'and' || op === 'unless') return a;
  if (op === 'or') return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
  if (op === '+') return [a[0] + b[0], a[1] + b[1]];
  if (op === '-') return [a[0] - b[1], a[1] - b[0]];
  if (op === '/') return a[0] >= 0 && b[0] >= 0 ? [0, a[1] === 0 ? 0 : infinite] : anything;
  if (op !== '*') return anything;
  const corners = a.flatMap((one) => b.map((other) => product(one, other)));
  return [Math.min(...corners), Math.max(...corners)];
}

/** Whether no two values between these bounds can be so compared. */
export function neverHolds(op: string, [low, high]: Bounds, [least, most]: Bounds): boolean {
  if (op === '<') return low >= most;
  if (op === '<=') return low > most;
  if (op === '>') return high <= least;
  if (op === '>=') return high < least;
  if (op === '==') return high < least || low > most;
  return op === '!=' && low === high && least === most && low === least;
}
