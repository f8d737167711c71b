// Each rule over every dashboard, and beside it a dashboard that has exactly what the rule is against.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkRules } from '../../alerts/prometheus-tools.ts';
import { emittedBy } from '../../core/telemetry/emitted.ts';
import type { Metric } from '../../core/telemetry/metrics/metric.ts';
import { runtimeMetrics } from '../../core/telemetry/metrics/runtime.ts';
import { resolvePart } from '../../stack/parts.ts';
import { quiet } from '../../stack/progress.ts';
import { prometheus } from '../../stack/prometheus.ts';
import { documents, lint, surroundings } from './lint.ts';
import { gaps, linterRules } from './coverage.ts';
import { names } from './names.ts';
import { asRules } from './parse.ts';
import { planted, rewrite } from './planted.fixture.ts';
import { rules } from './rules.ts';
import { metricOf } from './series.ts';
import { twins } from './twins.fixture.ts';
import { variables } from './variables.ts';

const around = surroundings();
const all = documents();

describe('the lint of dashboards', () => {
  test('finds nothing in any of them', () => {
    expect(all).toHaveLength(around.uids.size);
    expect(lint(all, around)).toEqual([]);
  });

  test.each(twins)('%s: %s', (name, _, plant, said) => {
    const rule = rules.find((one) => one.name === name)!;
    const found = rule.find(planted('checkout-overview', plant), around);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n')).toMatch(said);
    expect(found.every((line) => line.startsWith('checkout-'))).toBe(true);
  });

  test('every rule has such a twin', () => {
    expect(new Set(twins.map(([name]) => name))).toEqual(new Set(rules.map(({ name }) => name)));
  });

  test('all 17 rules of dashboard-linter are met, or something better is and says why', () => {
    expect(Object.keys(linterRules)).toHaveLength(17);
    const reasons = Object.values(linterRules).flatMap((one) => ('instead' in one ? [one.instead] : []));
    for (const reason of reasons) expect(reason.length).toBeGreaterThan(40);
  });

  const covered = Object.entries({ ...linterRules, ...gaps });

  test('what it asks for and what it leaves open is each a rule of ours with a twin', () => {
    for (const [, { by }] of covered) expect(rules).toContain(by);
    const known = new Set(twins.map(([rule, planted]) => `${rule}: ${planted}`));
    expect(covered.map(([, { by, twin }]) => `${by.name}: ${twin}`).filter((one) => !known.has(one))).toEqual(
      [],
    );
    expect(new Set(covered.map(([, { by }]) => by.name))).toEqual(new Set(rules.map(({ name }) => name)));
  });

  test('README.md has a row for each, with the same rule and the same twin, and no other', () => {
    const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
    const rows = [...readme.matchAll(/^\| (.+?) \| `(\w+)` \| (.+?) \|/gm)].map(([, what, rule, twin]) => [
      what!.replaceAll('`', ''),
      rule,
      twin,
    ]);
    expect(rows).toEqual(covered.map(([what, { by, twin }]) => [what, by.name, twin]));
  });
});

const emitted: readonly Metric[] = [...Object.values(emittedBy).flat(), ...runtimeMetrics];
const without = (lost: Metric, then: readonly Metric[] = []) =>
  new Map([...emitted.filter(({ name }) => name !== lost.name), ...then].map((one) => [one.name, one]));
/** Dashboards that are named when the services emit something else. */
const broken = (now: ReadonlyMap<string, Metric>) => {
  const rule = names.withMetrics((name) => metricOf(name, now));
  return all.filter((document) => rule.find(document, around).length > 0).map(({ uid }) => uid);
};

describe('what the services emit', () => {
  test.each([...new Map(emitted.map((metric) => [metric.name, metric])).values()])(
    '$name is on a dashboard, which is named when the metric or a label of it goes',
    (metric) => {
      const named = broken(without(metric));
      expect(named.length).toBeGreaterThan(0);
      for (const label of Object.keys(metric.labels)) {
        const { [label]: gone, ...labels } = metric.labels;
        const renamed: Metric = { ...metric, labels: { ...labels, [`former_${label}`]: gone! } };
        const hit = broken(without(metric, [renamed]));
        expect(named).toEqual(expect.arrayContaining(hit));
      }
    },
  );

  test('a label that goes names the dashboards that match on it or group by it', () => {
    const attempts = emitted.find(({ name }) => name === 'payment_attempts_total')!;
    const renamed: Metric = {
      ...attempts,
      labels: { psp: attempts.labels.provider!, outcome: attempts.labels.outcome! },
    };
    expect(broken(without(attempts, [renamed]))).toEqual(['checkout-overview', 'payments', 'game-day']);
  });

  test('a metric that says its region asks for the choice of one', () => {
    const entered = emitted.find(({ name }) => name === 'order_transitions_total')!;
    const split: Metric = { ...entered, labels: { ...entered.labels, region: ['GB', 'DE'] } };
    const rule = variables.withMetrics((name) => metricOf(name, without(entered, [split])));
    const found = all.flatMap((document) => rule.find(document, around));
    expect(found).toEqual([
      'checkout-overview, panel 801 “Order transitions by state entered” A: order_transitions_total has the label region and does not follow the choice; match $region',
      'orders-and-pipeline: order_transitions_total has the label region; add the choice',
      'reconciliation: order_transitions_total has the label region; add the choice',
    ]);
  });
});

describe('promtool', () => {
  let promtool: string;
  beforeAll(async () => {
    promtool = (await resolvePart(prometheus, { progress: quiet })).binaries.promtool!;
  });

  test('reads every query as Prometheus would', async () => {
    expect(await checkRules(promtool, asRules(all))).toMatchObject({ kind: 'ok' });
  });

  test('names the panel of one it cannot read', async () => {
    const wrong = planted('checkout-overview', (_, panel) => rewrite(panel(901), 'max(', 'maximum('));
    const answer = await checkRules(promtool, asRules([wrong]));
    expect(answer).toMatchObject({ kind: 'refused' });
    expect(answer.output).toContain('maximum');
  });
});
