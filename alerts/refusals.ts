// What must never be generated, each with its place and the fix. A rule that cannot fire looks like a healthy shop.
import type { Metric } from '../core/telemetry/metrics/metric.ts';
import type { AlertRule } from './alert.ts';
import { burnThreshold, burnTiers } from './burn-rate.ts';
import type { Slo } from './slos.ts';

function undeclared(place: string, metric: Metric, matchers: Slo['sli']['total']): string[] {
  return Object.entries(matchers).flatMap(([label, wanted]) => {
    const declared = metric.labels[label];
    if (declared === undefined) {
      return [
        `${place}: ${metric.name} has no label ${label}; it has ${Object.keys(metric.labels).join(', ')}`,
      ];
    }
    const values = typeof wanted === 'string' ? [wanted] : wanted;
    return values
      .filter((value) => !declared.includes(value))
      .map(
        (value) =>
          `${place}: no service emits ${metric.name}{${label}="${value}"}; declare it or match another`,
      );
  });
}

export function refuseSlo(slo: Slo): string[] {
  const place = `slo ${slo.id}`;
  const { sli } = slo;
  const found = undeclared(place, sli.metric, sli.total);
  if (sli.kind === 'ratio') found.push(...undeclared(place, sli.metric, sli.bad));
  if (sli.kind === 'latency') {
    const buckets = sli.metric.buckets ?? [];
    if (!buckets.includes(sli.thresholdSeconds)) {
      found.push(
        `${place}: ${sli.thresholdSeconds} s is not a bucket of ${sli.metric.name} (${buckets.join(', ')}), so it cannot be measured; ` +
          'add the bucket or move the threshold',
      );
    }
  }
  for (const tier of burnTiers) {
    try {
      burnThreshold(tier.factor, slo.objective);
    } catch (error) {
      found.push(`${place}, tier ${tier.name}: ${(error as Error).message}`);
    }
  }
  return found;
}

export function refuseAlert(rule: AlertRule, runbooks: ReadonlySet<string>): string[] {
  const missing = Object.entries(rule.annotations)
    .filter(([, text]) => text.trim() === '')
    .map(([name]) => `alert ${rule.alert}: annotation ${name} is empty`);
  return runbooks.has(rule.alert)
    ? missing
    : [...missing, `alert ${rule.alert}: write alerts/runbooks/${rule.alert}.md, or nobody knows what to do`];
}
