// The three panels that every step of an order has, always in this order: how much, how bad, how slow.
import { quantile, rate, sum } from '../core/telemetry/promql.ts';
import { badShare } from '../alerts/sli.ts';
import { type Slo, type SloId, slos } from '../alerts/slos.ts';
import type { Panel, Query } from './panels.ts';

/** Grafana fills it in; at least four scrapes. */
export const rateInterval = '$__rate_interval';

export function slo(id: SloId): Slo {
  return slos.find((one) => one.id === id)!;
}

const budgetOf = (objective: Slo) => Number((1 - objective.objective).toPrecision(12));

export function ratePanel(id: number, title: string, description: string, series: string, by: string): Panel {
  const query: Query = {
    expr: sum(rate(series, rateInterval), [by]),
    legend: `{{${by}}}`,
    reactive: { kind: 'moves' },
  };
  return { id, title, description, kind: 'lines', unit: 'reqps', queries: [query] };
}

/** Share of events that spend the budget, with the share at which it would last exactly 30 days. */
export function badSharePanel(id: number, objective: Slo, description: string): Panel {
  return {
    id,
    title: `${objective.title}: share spending the budget`,
    description: `${description} Dashed: ${budgetOf(objective) * 100} %, the share the objective allows. Good event: ${objective.goodEvent}.`,
    kind: 'lines',
    unit: 'percentunit',
    queries: [{ expr: badShare(objective, rateInterval), legend: 'bad share' }],
    limit: { value: budgetOf(objective), badWhen: 'above' },
  };
}

/** Median, 95th and 99th percentile; the dashed line is the threshold of the latency objective. */
export function latencyPanel(id: number, title: string, description: string, objective: Slo): Panel {
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
    description,
    kind: 'lines',
    unit: 's',
    queries: [line(0.5), line(0.95), line(0.99)],
    limit: { value: sli.thresholdSeconds, badWhen: 'above' },
  };
}
