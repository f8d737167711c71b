// PromQL over the declared metrics. Pure: k6, alerts, dashboards and the drill build their queries here,
// so a renamed label or a value that nobody emits does not compile.
import type { LabelsOf, Metric } from './metrics/metric.ts';

/** Matchers over declared labels: one value, or several (rendered as an anchored regular expression). */
export type Matchers<M extends Metric> = {
  readonly [K in keyof LabelsOf<M>]?: LabelsOf<M>[K] | readonly LabelsOf<M>[K][];
};

const escapeRegexp = (value: string) => value.replace(/[.*+?^${}()|[\]\\]/g, '\\\\$&');

function renderMatcher(label: string, value: string | readonly string[]): string {
  if (typeof value === 'string') return `${label}="${value}"`;
  return `${label}=~"${value.map(escapeRegexp).join('|')}"`;
}

/** `metric_name{label="value"}`; `suffix` selects `_bucket`, `_sum` or `_count` of a histogram; `extra` is raw. */
export function selector<M extends Metric>(
  metric: M,
  matchers: Matchers<M> = {},
  {
    suffix = '',
    extra = [],
  }: { suffix?: '' | '_bucket' | '_sum' | '_count'; extra?: readonly string[] } = {},
): string {
  const rendered = Object.entries(matchers as Record<string, string | readonly string[] | undefined>)
    .filter((entry): entry is [string, string | readonly string[]] => entry[1] !== undefined)
    .map(([label, value]) => renderMatcher(label, value));
  const all = [...rendered, ...extra];
  return `${metric.name}${suffix}${all.length > 0 ? `{${all.join(',')}}` : ''}`;
}

/** Matches a bucket edge however Prometheus 2 (`1`) or 3 (`1.0`) writes it. */
export function leMatcher(edge: number): string {
  return Number.isInteger(edge) ? `le=~"${edge}(\\\\.0)?"` : `le="${edge}"`;
}

export const rate = (series: string, window: string) => `rate(${series}[${window}])`;
export const increase = (series: string, window: string) => `increase(${series}[${window}])`;
export const sum = (expr: string, by: readonly string[] = []) =>
  by.length > 0 ? `sum by (${by.join(', ')}) (${expr})` : `sum(${expr})`;

export function quantile<M extends Metric>(
  q: number,
  metric: M,
  window: string,
  matchers: Matchers<M> = {},
  by: readonly string[] = [],
): string {
  const buckets = selector(metric, matchers, { suffix: '_bucket' });
  return `histogram_quantile(${q}, ${sum(rate(buckets, window), ['le', ...by])})`;
}
