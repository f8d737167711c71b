// Objectives against what was measured outside the faults. Honest in three values: `fail` only when a confidence bound shows
// the objective missed, `pass` when it was met on enough samples, `unknown` in between (run longer). So luck with few
// samples makes nothing green, and one unlucky call makes nothing red.
import { type SloId, slos, submissionGate } from '../../alerts/slos.ts';
import type { ShopperCall } from '../../core/checkout/steps.ts';
import { type Exclusion, type Samples, stepOutside, type StepWindow } from './samples.ts';
import { exactInterval, minimumSamples, quantileRankBounds } from './statistics.ts';
import type { CheckResult, CheckStatus } from './verdict.ts';

/** Objectives whose events lie behind the shopper's answer: counted by the caller, from the shop's own counters. */
export const countedSlos = [
  'payment-authorization',
  'payment-latency-primary',
  'order-creation',
  'pipeline-freshness',
  'notification',
] as const;
export type CountedSlo = (typeof countedSlos)[number];
export interface Count {
  readonly good: number;
  readonly total: number;
}

/** What a policy may tighten or loosen. */
export interface Limits {
  readonly submissionP95Seconds?: number | undefined;
  readonly submissionP99Seconds?: number | undefined;
  /** Share of good events, by SLO. */
  readonly objectives?: Readonly<Partial<Record<SloId, number>>> | undefined;
  /** Raises, never lowers, the fewest samples a decision may rest on. */
  readonly minimumSamples?: number | undefined;
}

export interface ObjectiveInput {
  readonly samples: readonly Samples[];
  /** The faults, each with the while the shop needs to settle. */
  readonly exclusions: readonly Exclusion[];
  readonly counted: Readonly<Record<CountedSlo, Count>>;
  readonly limits?: Limits;
}

/** One row of the report's objective table; `check` is what the verdict names. */
export interface ObjectiveRow extends CheckResult {
  readonly kind: 'objective';
  readonly title: string;
  readonly samples: number;
  readonly minimumSamples: number;
  readonly observed: number;
  readonly required: number;
  /** One-sided 95 % bounds; null where the samples are too few for one. */
  readonly low: number | null;
  readonly high: number | null;
}

const cartSteps = ['cart', 'line', 'address', 'rates'] as const satisfies readonly ShopperCall[];

export function judgeObjectives(input: ObjectiveInput): ObjectiveRow[] {
  const { limits = {} } = input;
  const over = (...steps: readonly ShopperCall[]) => stepOutside(input.samples, input.exclusions, steps);
  const order = over('order');
  const share = (check: string, id: SloId, count: Count) => judgeShare(check, id, count, limits);
  const p95 = limits.submissionP95Seconds ?? submissionGate.p95Seconds;
  const p99 = limits.submissionP99Seconds ?? submissionGate.p99Seconds;
  return [
    share('slo-checkout-availability', 'checkout-availability', {
      good: order.total - order.failed,
      total: order.total,
    }),
    share('slo-checkout-latency', 'checkout-latency', answeredInTime('checkout-latency', order)),
    judgeQuantile('submission-p95', 0.95, order, p95, limits),
    judgeQuantile('submission-p99', 0.99, order, p99, limits),
    share('slo-cart', 'cart', goodCalls('cart', over(...cartSteps))),
    share('slo-quote', 'quote', goodCalls('quote', over('quote'))),
    share('slo-inventory-read', 'inventory-read', goodCalls('inventory-read', over('atp'))),
    ...countedSlos.map((id) => share(`slo-${id}`, id, input.counted[id])),
  ];
}

/** `samples-sufficient`: evidence, because too few samples decide nothing either way. */
export function judgeSamples(rows: readonly ObjectiveRow[]): CheckResult {
  const short = rows.filter((row) => row.samples < row.minimumSamples);
  const list = short.map((row) => `${row.check} ${row.samples} of ${row.minimumSamples}`).join(', ');
  return {
    check: 'samples-sufficient',
    kind: 'evidence',
    status: short.length === 0 ? 'pass' : 'fail',
    detail:
      short.length === 0
        ? 'Every objective rests on enough samples.'
        : `Too few samples outside the faults: ${list}. Run longer or at a higher rate.`,
    observed: short.length,
    required: 0,
  };
}

function judgeShare(check: string, id: SloId, { good, total }: Count, limits: Limits = {}): ObjectiveRow {
  const slo = sloOf(id);
  const required = limits.objectives?.[id] ?? slo.objective;
  // Below 1 ÷ budget events a single bad one is more than the whole budget: nothing could be told apart.
  const fewest = Math.max(Math.ceil(1 / (1 - required) - 1e-9), limits.minimumSamples ?? 1);
  const { low, high } = exactInterval(good, total);
  const observed = total === 0 ? 0 : good / total;
  const status: CheckStatus =
    total > 0 && high < required ? 'fail' : total < fewest || observed < required ? 'unknown' : 'pass';
  return {
    check,
    kind: 'objective',
    status,
    title: slo.title,
    detail: `${slo.title}: ${good} of ${total} good (${percent(observed)}, 95 % bounds ${percent(low)} to ${percent(high)}); required ${percent(required)}: ${slo.goodEvent}.${advice(status, total, fewest)}`,
    samples: total,
    minimumSamples: fewest,
    observed,
    required,
    low,
    high,
  };
}

function judgeQuantile(
  check: string,
  q: number,
  { sketch }: StepWindow,
  limitSeconds: number,
  limits: Limits,
): ObjectiveRow {
  const n = sketch.count;
  const fewest = Math.max(minimumSamples(q), limits.minimumSamples ?? 1);
  const bounds = n === 0 ? { lower: null, upper: null } : quantileRankBounds(n, q);
  const at = (rank: number | null) => (rank === null ? null : sketch.atRank(rank) / 1000);
  const [low, high] = [at(bounds.lower), at(bounds.upper)];
  const observed = n === 0 ? 0 : sketch.quantile(q) / 1000;
  const status: CheckStatus =
    low !== null && low > limitSeconds ? 'fail' : n < fewest || observed > limitSeconds ? 'unknown' : 'pass';
  const name = `p${Math.round(q * 100)}`;
  const title = `Submission ${name}`;
  const seen =
    n === 0
      ? 'no sample'
      : `${seconds(observed)} (95 % bounds ${seconds(low)} to ${seconds(high)}, n = ${n})`;
  return {
    check,
    kind: 'objective',
    status,
    title,
    detail: `${title} outside the faults, from the intended start: ${seen}; required ${seconds(limitSeconds)} or less.${advice(status, n, fewest)}`,
    samples: n,
    minimumSamples: fewest,
    observed,
    required: limitSeconds,
    low,
    high,
  };
}

function advice(status: CheckStatus, samples: number, fewest: number): string {
  if (status !== 'unknown') return '';
  return samples < fewest
    ? ` Too few samples: ${samples} of at least ${fewest}.`
    : ' Missed in this sample, but not proven: run longer.';
}

/** A submission without a decision is not in the sketch: it spends availability, not latency. */
function answeredInTime(id: SloId, { sketch }: StepWindow): Count {
  return { good: sketch.countUpTo(thresholdMs(id)), total: sketch.count };
}

/** A call that failed was not answered within any time. */
function goodCalls(id: SloId, { sketch, total }: StepWindow): Count {
  return { good: sketch.countUpTo(thresholdMs(id)), total };
}

function sloOf(id: SloId) {
  const slo = slos.find((candidate) => candidate.id === id);
  if (slo === undefined) throw new Error(`no SLO ${id}`);
  return slo;
}

function thresholdMs(id: SloId): number {
  const { sli } = sloOf(id);
  if (sli.kind !== 'latency') throw new Error(`${id} is not an objective of latency`);
  return sli.thresholdSeconds * 1000;
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
const seconds = (value: number | null) => (value === null ? 'none' : `${value.toFixed(3)} s`);
