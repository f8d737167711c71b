// The same for finished rules: whatever an expression reads must be there to be read, for as long as it looks back.
import { metrics } from '../core/telemetry/metrics.ts';
import { runtimeMetrics } from '../core/telemetry/metrics/runtime.ts';
import { scrapeMetrics } from '../core/telemetry/metrics/scrape.ts';
import type { Metric } from '../core/telemetry/metrics/metric.ts';
import { retentionDays } from './burn-rate.ts';
import { namedValues, type Selector, selectorsOf } from './promql-reader.ts';
import { refuseMatcher, refuseMetric } from './refusals.ts';
import type { AlertRule } from './alert.ts';
import { isAlert, type RecordingRule, type RuleGroup } from './rules.ts';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

function secondsOf(range: string): number {
  const [, count, unit] = /^(\d+)(\w+)$/.exec(range) ?? [];
  return Number(count) * (unitSeconds[unit ?? ''] ?? Number.NaN);
}

export const everyMetric: readonly Metric[] = [...metrics, ...runtimeMetrics, ...scrapeMetrics];

/** A histogram is read through the series it becomes. */
const metricOf = (name: string, declared: readonly Metric[]): Metric | undefined =>
  declared.find(
    (metric) =>
      metric.name === name ||
      (metric.type === 'histogram' && name.replace(/_(bucket|sum|count)$/, '') === metric.name),
  );

function refuseRange(place: string, { metric, range }: Selector): string[] {
  if (range === null || secondsOf(range) <= retentionDays * 86_400) return [];
  return [
    `${place}: ${metric}[${range}] looks back further than Prometheus keeps (${retentionDays} d); ` +
      'shorten the window, or raise the retention in stack/prometheus.ts, docker-compose.yml and alerts/burn-rate.ts',
  ];
}

function refuseRecorded(place: string, read: Selector, recordings: readonly RecordingRule[]): string[] {
  const candidates = recordings.filter(({ record }) => record === read.metric);
  if (candidates.length === 0)
    return [`${place}: no rule records ${read.metric}; record it or read another series`];
  return read.matchers.flatMap((matcher) =>
    namedValues(matcher)
      .filter((value) => candidates.every(({ labels }) => labels[matcher.label] !== value))
      .map(
        (value) =>
          `${place}: ${read.metric}{${matcher.label}="${value}"} is recorded by no rule; record it or match another`,
      ),
  );
}

interface Known {
  readonly recordings: readonly RecordingRule[];
  readonly declared: readonly Metric[];
}

function refuseSelector(place: string, read: Selector, { recordings, declared }: Known): string[] {
  const tooFar = refuseRange(place, read);
  if (read.metric.includes(':')) return [...tooFar, ...refuseRecorded(place, read, recordings)];
  const metric = metricOf(read.metric, declared);
  if (metric === undefined)
    return [...tooFar, `${place}: ${read.metric} is not declared in core/telemetry/metrics/; declare it`];
  const matchers = read.matchers.flatMap((matcher) =>
    refuseMatcher(place, metric, matcher.label, namedValues(matcher)),
  );
  return [...tooFar, ...refuseMetric(place, metric), ...matchers, ...refuseEdges(place, metric, read)];
}

function refuseEdges(place: string, metric: Metric, read: Selector): string[] {
  const edges = read.matchers.filter(({ label }) => label === 'le').flatMap(namedValues);
  return edges
    .filter((edge) => !(metric.buckets ?? []).includes(Number(edge)))
    .map((edge) => `${place}: ${edge} is not a bucket of ${metric.name}; add it or read another`);
}

/** A recording fails for those who are woken by it. */
function placeOf(rule: RecordingRule | AlertRule, group: RuleGroup): string {
  if (isAlert(rule)) return `rule ${rule.alert} in group ${group.name}`;
  const { slo } = rule.labels;
  const alerts = group.rules.filter((one): one is AlertRule => isAlert(one) && one.labels.slo === slo);
  const names = [...new Set(alerts.map(({ alert }) => alert))];
  return `rule ${rule.record} in group ${group.name}${names.length === 0 ? '' : ` (for ${names.join(', ')})`}`;
}

export function refuseGroups(
  groups: readonly RuleGroup[],
  declared: readonly Metric[] = everyMetric,
): string[] {
  const recordings = groups
    .flatMap(({ rules }) => rules)
    .filter((rule): rule is RecordingRule => !isAlert(rule));
  const known = { recordings, declared };
  const found = groups.flatMap((group) =>
    group.rules.flatMap((rule) =>
      selectorsOf(rule.expr).flatMap((read) => refuseSelector(placeOf(rule, group), read, known)),
    ),
  );
  return [...new Set(found)];
}
