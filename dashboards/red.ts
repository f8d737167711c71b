// The three panels that every step of an order has, always in this order: how much, how bad, how slow.
import { badShare } from '../alerts/sli.ts';
import { type Slo, type SloId, slos } from '../alerts/slos.ts';
import type { Metric } from '../core/telemetry/metrics/metric.ts';
import { type Matchers, quantile, rate, selector, sum } from '../core/telemetry/promql.ts';
import type { About, Panel, Query } from './board.ts';
import { moves, type Reactive } from './reactive.ts';

/** Grafana fills it in; at least four scrapes. */
export const rateInterval = '$__rate_interval';

export const slo = (id: SloId): Slo & { readonly id: SloId } => slos.find((one) => one.id === id)!;

/** 12 digits: 1 − 0.99 is 0.010000000000000009 in binary, and people read the panel. */
export const budgetOf = ({ objective }: Pick<Slo, 'objective'>) => Number((1 - objective).toPrecision(12));

export function ratePanel(
  id: number,
  title: string,
  about: About,
  series: string,
  by: readonly string[],
  reactive: Reactive = moves,
): Panel {
  const legend = by.map((label) => `{{${label}}}`).join(' ');
  const query: Query = { expr: sum(rate(series, rateInterval), by), legend, reactive };
  return { id, title, about, kind: 'lines', unit: 'reqps', queries: [query] };
}

/** Share of events that spend the budget, with the share at which it would last exactly 30 days. */
export function badSharePanel(id: number, objective: Slo, act: string): Panel {
  return {
    id,
    title: `${objective.title}: share spending the budget`,
    about: {
      means: `Share of events that were not good. Good event: ${objective.goodEvent}.`,
      bad: `above the dashed line (${budgetOf(objective) * 100} %) for long: the budget of 30 days will not last.`,
      act,
    },
    kind: 'lines',
    unit: 'percentunit',
    queries: [{ expr: badShare(objective, rateInterval), legend: 'bad share' }],
    limit: { value: budgetOf(objective), badWhen: 'above' },
    leadsTo: 'slo',
  };
}

/** Median, 95th and 99th percentile; the dashed line is the threshold of the latency objective. */
export function latencyPanel(id: number, title: string, objective: Slo, act: string): Panel {
  const { sli } = objective;
  if (sli.kind !== 'latency') throw new Error(`${objective.id} is not about latency`);
  const line = (q: number): Query => ({
    expr: quantile(q, sli.metric, rateInterval, sli.total),
    legend: `p${q * 100}`,
    exemplars: sli.metric.exemplars === true,
  });
  return {
    id,
    title,
    about: {
      means: `Median, 95th and 99th percentile. Good event: ${objective.goodEvent}.`,
      bad: `p99 above the dashed line (${sli.thresholdSeconds} s): more than the objective allows come late.`,
      act,
    },
    kind: 'lines',
    unit: 's',
    queries: [line(0.5), line(0.95), line(0.99)],
    limit: { value: sli.thresholdSeconds, badWhen: 'above' },
  };
}

/** Every bucket over time, with the dots that lead to traces where the histogram keeps them. */
export function heatPanel<M extends Metric>(
  id: number,
  title: string,
  about: About,
  metric: M,
  matchers: Matchers<M> = {},
  extra: readonly string[] = [],
): Panel {
  const buckets = selector(metric, matchers, { suffix: '_bucket', extra });
  const query: Query = {
    expr: sum(rate(buckets, rateInterval), ['le']),
    legend: '{{le}}',
    exemplars: metric.exemplars === true,
    reactive: moves,
  };
  return { id, title, about, kind: 'heat', unit: 's', queries: [query] };
}
