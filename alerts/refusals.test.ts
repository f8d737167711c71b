import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkoutSubmissionDuration } from '../core/telemetry/metrics/checkout.ts';
import type { Metric } from '../core/telemetry/metrics/metric.ts';
import { retentionDays } from './burn-rate.ts';
import { defineSlo } from './define-slo.ts';
import { runbookHeadings } from './generate.ts';
import { type Journey, journeys } from './journeys.ts';
import { refuseAlert, refuseGuards, refuseJourney, refuseMetric, refuseSlo } from './refusals.ts';
import { selectorsOf } from './promql-reader.ts';
import { everyMetric, refuseGroups } from './rule-refusals.ts';
import { alertRules, type RuleGroup, ruleGroups } from './rules.ts';
import { type Slo, type SloId, slos } from './slos.ts';

const latency: Slo & { id: SloId } = slos.find((slo) => slo.id === 'checkout-latency')!;
const rules = alertRules(ruleGroups());

/** One rule of a group, as a person might write it. */
const groupOf = (expr: string): RuleGroup[] => [
  { name: 'causes', intervalSeconds: 2, rules: [{ record: 'shop:tried', expr, labels: {} }] },
];
const refusedWith = (expr: string) => refuseGroups(groupOf(expr)).join('\n');

describe('an objective', () => {
  test('that we generate from is refused nowhere', () => {
    expect([...slos, ...journeys].flatMap((objective) => defineSlo(objective).refusals)).toEqual([]);
  });

  test('with a threshold between two buckets is refused with the buckets there are, and nothing is made of it', () => {
    const off = {
      ...latency,
      sli: { ...latency.sli, kind: 'latency' as const, thresholdSeconds: 0.9 },
    };
    expect(refuseSlo(off)[0]).toContain(`not a bucket of ${checkoutSubmissionDuration.name} (0.025, `);
    expect(defineSlo(off)).toMatchObject({ alerts: [], openSlo: [], criterion: null });
    expect(defineSlo(latency).alerts).toHaveLength(6);
  });

  test('that matches a value no service emits, or a label that is not there, is refused', () => {
    const value: Slo = { ...latency, sli: { ...latency.sli, total: { outcome: 'teleported' } } };
    expect(refuseSlo(value)[0]).toContain('no service emits');
    const label: Slo = { ...latency, sli: { ...latency.sli, total: { outcom: 'placed' } } };
    expect(refuseSlo(label)[0]).toContain('has no label outcom');
  });

  test('on a metric that is declared and emitted by nobody is refused with where to add it', () => {
    const forgotten = { ...checkoutSubmissionDuration, name: 'checkout_wishes_seconds' };
    expect(refuseMetric('slo wishes', forgotten)[0]).toContain('core/telemetry/emitted.ts');
    expect(refuseMetric('slo latency', checkoutSubmissionDuration)).toEqual([]);
  });

  test('too low for its fast page is refused with the lowest that works', () => {
    expect(refuseSlo({ ...latency, objective: 0.9 })[0]).toContain('raise the objective above 93.06 %');
    expect(refuseJourney({ ...journeys[0], objective: 0.9 })[0]).toContain('above 93.06 %');
  });

  test('a tier that one failure at night would set off is refused', () => {
    expect(refuseGuards([{ name: 'ticket-slow', minBadEvents: 1 }])).toEqual([
      'tier ticket-slow: at 1 bad event one failure at night speaks; ask for 2 or more in alerts/burn-rate.ts',
    ]);
    expect(refuseGuards()).toEqual([]);
  });

  test('a journey over a step that is no objective is refused', () => {
    const lost: Journey = { ...journeys[0], steps: ['cart', 'teleport' as SloId] };
    expect(refuseJourney(lost)[0]).toContain('there is no objective teleport');
  });
});

describe('a rule', () => {
  test('that we generate reads only what is there to be read', () => {
    expect(refuseGroups(ruleGroups())).toEqual([]);
  });

  test('that looks back further than Prometheus keeps is refused, and the retention is what Prometheus is started with', () => {
    expect(refusedWith('sum(increase(checkout_submissions_total[41d]))')).toContain(
      'looks back further than Prometheus keeps (40 d)',
    );
    expect(refusedWith('sum(increase(checkout_submissions_total[40d]))')).toBe('');
    const root = join(import.meta.dirname, '..');
    for (const file of ['stack/prometheus.ts', 'docker-compose.yml'])
      expect(readFileSync(join(root, file), 'utf8')).toContain(
        `--storage.tsdb.retention.time=${retentionDays}d`,
      );
  });

  test('on a metric, label, value or bucket that is not declared is refused, each with its fix', () => {
    expect(refusedWith('rate(checkout_wishes_total[1m]) > 0')).toContain(
      'checkout_wishes_total is not declared',
    );
    expect(refusedWith('checkout_submissions_total{outcom="placed"}')).toContain('has no label outcom');
    expect(refusedWith('checkout_submissions_total{outcome=~"placed|lost"}')).toContain('outcome="lost"');
    expect(refusedWith('checkout_submission_duration_seconds_bucket{le="0.9"}')).toContain('not a bucket');
  });

  const changed = (name: string, change: Partial<Metric>): readonly Metric[] =>
    everyMetric.map((metric) => (metric.name === name ? { ...metric, ...change } : metric));

  // Whoever takes a metric away learns which alerts they have silenced.
  test('loses its metric, a label or a bucket: the alerts that fall silent are named, for every metric they read', () => {
    const groups = ruleGroups();
    const heard = [...new Set(alertRules(groups).map(({ alert }) => alert))];
    const silenced = everyMetric.map(({ name }) => {
      const said = refuseGroups(
        groups,
        everyMetric.filter((one) => one.name !== name),
      ).join('\n');
      const named = heard.filter((alert) => said.includes(alert));
      expect(named.length > 0, `whoever reads ${name} is named`).toBe(said !== '');
      return named;
    });
    expect(silenced.filter((named) => named.length > 0).length).toBeGreaterThan(20);
    // All but the one that reads nothing, and the journey, which reads what its steps record.
    expect(heard.filter((alert) => !silenced.flat().includes(alert))).toEqual([
      'Watchdog',
      'CheckoutJourneyBurn',
    ]);
  });

  test('that matches a label which was renamed, or a bucket which was moved, is named', () => {
    const renamed = changed('checkout_submissions_total', { labels: { result: ['placed'] } });
    expect(refuseGroups(ruleGroups(), renamed).join('\n')).toMatch(
      /for CheckoutAvailabilityBurn.*has no label outcome/,
    );
    const moved = changed('notification_delay_seconds', { buckets: [1, 10, 30, 120] });
    expect(refuseGroups(ruleGroups(), moved).join('\n')).toMatch(/for NotificationBurn.*60 is not a bucket/);
  });

  test('that groups, joins or speaks by a label which was renamed is named', () => {
    const renamed = changed('payment_breaker_open', { labels: { psp: ['psp-primary'] } });
    const said = refuseGroups(ruleGroups(), renamed).join('\n');
    expect(said).toMatch(
      /PaymentBreakerOpen.*groups by provider, and payment_breaker_open has no such label/,
    );
    expect(said).toMatch(/PaymentBreakerOpen.*words name provider/);
    const one = 'payment_attempts_total';
    expect(refusedWith(`max(${one}) by (psp)`)).toContain('groups by psp');
    expect(refusedWith(`${one} unless on (queue) queue_paused`)).toBe('');
    expect(refusedWith(`${one} unless on (place) queue_paused`)).toContain('groups by place');
  });

  test('may ask in every way that PromQL has: of a while ago, step by step, over an hour and a half', () => {
    const asked = 'max_over_time(sum(rate(queue_jobs[1h30m] offset 1w))[10m:1m])';
    expect(refusedWith(asked)).toBe('');
    expect(selectorsOf(asked)).toMatchObject([{ metric: 'queue_jobs', range: '1h30m', offset: '1w' }]);
    expect(refusedWith('queue_jobs offset 6w')).toContain('offset 6w looks back further');
    expect(refusedWith('queue_jobs[10m:1m]')).toBe('');
  });

  test('on a series that no rule records is refused', () => {
    expect(refusedWith('slo:error_ratio:rate7m{slo="cart"}')).toContain('no rule records');
    const unknown = [...ruleGroups(), ...groupOf('slo:error_ratio:rate5m{slo="teleport"}')];
    expect(refuseGroups(unknown).join('\n')).toContain('slo="teleport"');
  });
});

describe('an alert', () => {
  test('without a runbook, or with a link to a heading that is not there, is refused', () => {
    const [first] = rules;
    expect(refuseAlert(first!, new Map())[0]).toContain(`write alerts/runbooks/${first!.alert}.md`);
    const anchored = rules.find((rule) => rule.annotations.runbook_url.endsWith('#cart'))!;
    const headings = new Map([[anchored.alert, new Set(['meaning'])]]);
    expect(refuseAlert(anchored, headings)[0]).toContain('has no heading "cart"');
    expect(rules.flatMap((rule) => refuseAlert(rule, runbookHeadings()))).toEqual([]);
  });

  test('with an empty annotation is refused', () => {
    const [first] = rules;
    const silent = { ...first!, annotations: { ...first!.annotations, summary: ' ' } };
    expect(refuseAlert(silent, runbookHeadings())[0]).toContain('annotation summary is empty');
  });
});
