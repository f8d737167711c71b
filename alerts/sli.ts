// What an SLO counts, in PromQL, and the names of the series recorded from it. Pure: rules record these names,
// dashboards read them.
import { increase, leMatcher, rate, selector, sum } from '../core/telemetry/promql.ts';
import type { Window } from './burn-rate.ts';
import type { LatencySli, Slo } from './slos.ts';

/** Names of recorded series; every one carries the label `slo`. */
export const recorded = {
  badRate: (window: Window) => `slo:bad_events:rate${window}`,
  totalRate: (window: Window) => `slo:events:rate${window}`,
  errorRatio: (window: Window) => `slo:error_ratio:rate${window}`,
  badIn30d: 'slo:bad_events:increase30d',
  totalIn30d: 'slo:events:increase30d',
  /** 1 = untouched, 0 = spent, negative = overspent. Weighted by events: a peak hour counts as many nights. */
  budgetRemaining: 'slo:error_budget_remaining:ratio30d',
  /** Share of a journey's budget that each step spent; the shares and what remains add up to 1. Label `step`. */
  spentByStep: 'slo:budget_spent_by_step:ratio30d',
  /** The same of an objective that several providers serve. Label `provider`. */
  spentByProvider: 'slo:budget_spent_by_provider:ratio30d',
} as const;

export const ofSlo = (series: string, slo: Pick<Slo, 'id'>) => `${series}{slo="${slo.id}"}`;

type Over = (series: string) => string;

function totalSeries({ sli }: Slo): string {
  return selector(sli.metric, sli.total, sli.kind === 'latency' ? { suffix: '_count' } : {});
}

function total(slo: Slo, over: Over): string {
  return sum(over(totalSeries(slo)));
}

function bad(slo: Slo, over: Over): string {
  const { sli } = slo;
  if (sli.kind === 'ratio') {
    // A process that never failed has no bad series yet: that is 0 bad, not "no answer".
    return `${sum(over(selector(sli.metric, sli.bad)))} or 0 * ${total(slo, over)}`;
  }
  // Two sums of floats can differ by less than nothing.
  return `clamp_min(${total(slo, over)} - ${sum(over(inTimeSeries(sli)))}, 0)`;
}

const inTimeSeries = ({ metric, total, good = {}, thresholdSeconds }: LatencySli) =>
  selector(metric, { ...total, ...good }, { suffix: '_bucket', extra: [leMatcher(thresholdSeconds)] });

export const badRate = (slo: Slo, window: string) => bad(slo, (series) => rate(series, window));
export const totalRate = (slo: Slo, window: string) => total(slo, (series) => rate(series, window));
export const badIncrease = (slo: Slo, window: string) => bad(slo, (series) => increase(series, window));
/** Gone when no process emits what the objective counts, or what it calls in time: then none of its other alerts can speak. */
export const noEvents = (slo: Slo) =>
  [totalSeries(slo), ...(slo.sli.kind === 'latency' ? [inTimeSeries(slo.sli)] : [])]
    .map((series) => `absent(${sum(series)})`)
    .join('\nor ');
/** Bad events of each provider; null for what only one provider serves. */
export function badIncreaseByProvider({ sli }: Slo, window: string): string | null {
  const served = sli.total.provider ?? sli.metric.labels.provider ?? [];
  if (sli.kind !== 'ratio' || typeof served === 'string' || served.length < 2) return null;
  return sum(increase(selector(sli.metric, sli.bad), window), ['provider']);
}
export const totalIncrease = (slo: Slo, window: string) => total(slo, (series) => increase(series, window));

/** The counters themselves, for whoever makes rates of their own. */
export const badCount = (slo: Slo) => bad(slo, (series) => series);
export const totalCount = (slo: Slo) => total(slo, (series) => series);

/** Bad share straight from the counters, for windows that are not recorded; empty without traffic, never NaN. */
export const badShare = (slo: Slo, window: string) =>
  `(${badRate(slo, window)}) / (${totalRate(slo, window)} > 0)`;
