// The same for finished rules: whatever an expression reads must be there to be read, for as long as it looks back.
import { metrics } from '../core/telemetry/metrics.ts';
import { runtimeMetrics } from '../core/telemetry/metrics/runtime.ts';
import { scrapeMetrics } from '../core/telemetry/metrics/scrape.ts';
import type { Metric } from '../core/telemetry/metrics/metric.ts';
import { retentionDays } from './burn-rate.ts';
import { secondsIn } from './live/durations.ts';
import { groupingsOf, namedValues, type Selector, selectorsOf } from './promql-reader.ts';
import { refuseMatcher, refuseMetric, scraped } from './refusals.ts';
import type { AlertRule } from './alert.ts';
import { isAlert, type RecordingRule, type RuleGroup } from './rules.ts';

export const everyMetric: readonly Metric[] = [...metrics, ...runtimeMetrics, ...scrapeMetrics];

/** A histogram is read through the series it becomes. */
const metricOf = (name: string, declared: readonly Metric[]): Metric | undefined =>
  declared.find(
    (metric) =>
      metric.name === name ||
      (metric.type === 'histogram' && name.replace(/_(bucket|sum|count)$/, '') === metric.name),
  );

function refuseRange(place: string, { metric, range, offset }: Selector): string[] {
  if (secondsIn(range ?? '') + secondsIn(offset ?? '') <= retentionDays * 86_400) return [];
  const asked = `${metric}${range === null ? '' : `[${range}]`}${offset === null ? '' : ` offset ${offset}`}`;
  return [
    `${place}: ${asked} looks back further than Prometheus keeps (${retentionDays} d); ` +
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

/** A series that is grouped by a label it has not is one group, and two that are joined on it never meet. */
function refuseGroupings(place: string, expr: string, { declared }: Known): string[] {
  return groupingsOf(expr).flatMap(({ labels, kind, over }) => {
    // What rules record has the labels of those rules.
    const read = over.filter(({ metric }) => !metric.includes(':'));
    const known = read.flatMap(({ metric }) => metricOf(metric, declared) ?? []);
    const lack = (label: string) => known.filter((metric) => metric.labels[label] === undefined);
    return labels
      .filter((label) => !scraped.has(label) && known.length > 0)
      .filter((label) =>
        kind === 'aggregated' ? lack(label).length > 0 : lack(label).length === known.length,
      )
      .map(
        (label) =>
          `${place}: it groups by ${label}, and ${lack(label)[0]!.name} has no such label; declare it or group by another`,
      );
  });
}

/** `$labels.x` of a label that nothing it reads has is empty in the message, and everything in the link. */
function refuseWords(place: string, rule: RecordingRule | AlertRule, { declared }: Known): string[] {
  const read = selectorsOf(rule.expr);
  if (!isAlert(rule) || read.some(({ metric }) => metric.includes(':'))) return [];
  const known = read.flatMap(({ metric }) => metricOf(metric, declared) ?? []);
  const words = Object.values(rule.annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)]);
  return words
    .map((word) => word[1]!)
    .filter((label) => !scraped.has(label) && known.every(({ labels }) => labels[label] === undefined))
    .map(
      (label) => `${place}: its words name ${label}, which nothing it reads has; declare it or leave it out`,
    );
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
    group.rules.flatMap((rule) => {
      const place = placeOf(rule, group);
      return [
        ...selectorsOf(rule.expr).flatMap((read) => refuseSelector(place, read, known)),
        ...refuseGroupings(place, rule.expr, known),
        ...refuseWords(place, rule, known),
      ];
    }),
  );
  return [...new Set(found)];
}
