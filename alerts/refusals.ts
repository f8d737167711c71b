// What must never be generated, each with its place and the fix. A rule that cannot fire looks like a healthy shop.
import { emittedBy } from '../core/telemetry/emitted.ts';
import type { Metric } from '../core/telemetry/metrics/metric.ts';
import { runtimeMetrics } from '../core/telemetry/metrics/runtime.ts';
import { scrapeMetrics } from '../core/telemetry/metrics/scrape.ts';
import type { AlertRule } from './alert.ts';
import { type BurnTier, burnThreshold, burnTiers } from './burn-rate.ts';
import type { Journey } from './journeys.ts';
import type { Slo } from './slos.ts';
import { slos } from './slos.ts';

const emitted: ReadonlySet<string> = new Set(
  [...Object.values(emittedBy), runtimeMetrics, scrapeMetrics].flatMap((metrics) =>
    metrics.map(({ name }) => name),
  ),
);

/** Labels that Prometheus puts on every series it scrapes. */
export const scraped: ReadonlySet<string> = new Set(['job', 'instance', 'le']);

export function refuseMatcher(
  place: string,
  metric: Metric,
  label: string,
  values: readonly string[],
): string[] {
  if (scraped.has(label)) return [];
  const declared = metric.labels[label];
  if (declared === undefined) {
    const labels = Object.keys(metric.labels).join(', ') || 'none';
    return [`${place}: ${metric.name} has no label ${label}; it has ${labels}`];
  }
  return values
    .filter((value) => !declared.includes(value))
    .map(
      (value) =>
        `${place}: no service emits ${metric.name}{${label}="${value}"}; declare it or match another`,
    );
}

export function refuseMetric(place: string, metric: Metric): string[] {
  if (emitted.has(metric.name)) return [];
  return [
    `${place}: no service emits ${metric.name}; add it to its service in core/telemetry/emitted.ts or count another`,
  ];
}

function refuseMatchers(place: string, metric: Metric, matchers: Slo['sli']['total']): string[] {
  return Object.entries(matchers).flatMap(([label, wanted]) =>
    refuseMatcher(place, metric, label, typeof wanted === 'string' ? [wanted] : wanted),
  );
}

function refuseThreshold(place: string, { sli }: Slo): string[] {
  if (sli.kind !== 'latency' || (sli.metric.buckets ?? []).includes(sli.thresholdSeconds)) return [];
  const buckets = (sli.metric.buckets ?? []).join(', ');
  return [
    `${place}: ${sli.thresholdSeconds} s is not a bucket of ${sli.metric.name} (${buckets}), so it cannot be measured; ` +
      'add the bucket or move the threshold',
  ];
}

function refuseTiers(place: string, objective: number): string[] {
  return burnTiers.flatMap((tier) => {
    try {
      burnThreshold(tier.factor, objective);
      return [];
    } catch (error) {
      return [`${place}, tier ${tier.name}: ${(error as Error).message}`];
    }
  });
}

/** Below two the guard guards nothing: the one failure of a quiet night would speak. */
export const refuseGuards = (
  tiers: readonly Pick<BurnTier, 'name' | 'minBadEvents'>[] = burnTiers,
): string[] =>
  tiers
    .filter(({ minBadEvents }) => minBadEvents < 2)
    .map(
      ({ name, minBadEvents }) =>
        `tier ${name}: at ${minBadEvents} bad event one failure at night speaks; ask for 2 or more in alerts/burn-rate.ts`,
    );

export function refuseSlo(slo: Slo): string[] {
  const place = `slo ${slo.id}`;
  const { sli } = slo;
  return [
    ...refuseMetric(place, sli.metric),
    ...refuseMatchers(place, sli.metric, sli.total),
    ...refuseMatchers(place, sli.metric, (sli.kind === 'ratio' ? sli.bad : sli.good) ?? {}),
    ...refuseThreshold(place, slo),
    ...refuseTiers(place, slo.objective),
  ];
}

export function refuseJourney(journey: Journey): string[] {
  const place = `journey ${journey.id}`;
  const known: readonly string[] = slos.map(({ id }) => id);
  return [
    ...journey.steps
      .filter((step) => !known.includes(step))
      .map((step) => `${place}: there is no objective ${step}; define it in alerts/slos.ts or drop the step`),
    ...refuseTiers(place, journey.objective),
  ];
}

/** `runbooks`: the anchors of each. */
export function refuseAlert(rule: AlertRule, runbooks: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const place = `alert ${rule.alert}`;
  const missing = Object.entries(rule.annotations)
    .filter(([, text]) => text.trim() === '')
    .map(([name]) => `${place}: annotation ${name} is empty`);
  const anchors = runbooks.get(rule.alert);
  if (anchors === undefined)
    return [...missing, `${place}: write alerts/runbooks/${rule.alert}.md, or nobody knows what to do`];
  const anchor = rule.annotations.runbook_url.split('#')[1];
  if (anchor === undefined || anchors.has(anchor)) return missing;
  return [
    ...missing,
    `${place}: alerts/runbooks/${rule.alert}.md has no heading "${anchor}", where its link leads; write it`,
  ];
}
