import { describe, expect, test } from 'vitest';
import { checks } from '../../drill/checks.ts';
import { judgeObjectives, judgeSamples, type ObjectiveInput } from './objectives.ts';
import { allCounted, mixed, samplesOf, step, window } from './samples.fixture.ts';
import type { Window } from './samples.ts';
import { judge } from './verdict.ts';

const rowsOf = (windows: readonly Window[], more: Partial<ObjectiveInput> = {}) =>
  judgeObjectives({ samples: [samplesOf(windows)], exclusions: [], counted: allCounted, ...more });
const statuses = (...args: Parameters<typeof rowsOf>) =>
  Object.fromEntries(rowsOf(...args).map((row) => [row.check, row.status]));
const healthy = window(0);

describe('objectives', () => {
  test('a healthy shop passes every one, by names the verdict knows', () => {
    const rows = rowsOf([healthy]);
    expect(rows.filter((row) => row.status !== 'pass')).toEqual([]);
    expect(rows.map((row) => row.check).filter((name) => !(name in checks))).toEqual([]);
    const named = Object.keys(checks).filter((name) => /^(slo|submission)-/.test(name));
    expect(rows.map((row) => row.check).sort()).toEqual(named.sort());
    expect(judgeSamples(rows).status).toBe('pass');
    expect(judge(rows).exitCode).toBe(0);
  });

  test('1.5 s on 5 % of the submissions fails the latency objective and p99, and nothing else', () => {
    const slow = window(0, { order: step(mixed(1200, 0.05, 1500)) });
    const failed = Object.entries(statuses([slow])).filter(([, status]) => status === 'fail');
    expect(failed.map(([check]) => check)).toEqual(['slo-checkout-latency', 'submission-p99']);
    expect(judge(rowsOf([slow])).verdict).toBe('no-go');
  });

  test('failed submissions fail availability, in numbers that luck does not explain', () => {
    expect(statuses([window(0, { order: step(mixed(1200, 0, 0), 12) })])['slo-checkout-availability']).toBe(
      'fail',
    );
    const unlucky = statuses([window(0, { order: step(mixed(1200, 0, 0), 2) })]);
    expect(unlucky['slo-checkout-availability']).toBe('unknown');
    expect(statuses([window(0, { order: step(mixed(1200, 0, 0), 1) })])['slo-checkout-availability']).toBe(
      'pass',
    );
  });

  test('a slow or failing cart, quote or stock read fails its own objective', () => {
    expect(statuses([window(0, { cart: step(mixed(1200, 0.2, 400)) })])).toMatchObject({
      'slo-cart': 'fail',
    });
    expect(statuses([window(0, { rates: step([], 1200) })])).toMatchObject({ 'slo-cart': 'fail' });
    expect(statuses([window(0, { quote: step(mixed(1200, 0.05, 1300)) })])).toMatchObject({
      'slo-quote': 'fail',
    });
    expect(statuses([window(0, { atp: step(mixed(1200, 0.05, 150)) })])).toMatchObject({
      'slo-inventory-read': 'fail',
      'slo-cart': 'pass',
    });
    const counted = { ...allCounted, notification: { good: 900, total: 1000 } };
    expect(statuses([healthy], { counted })['slo-notification']).toBe('fail');
  });

  test('what happens inside a fault is left out, with the window before it and the settling after', () => {
    const broken = (startMs: number) => window(startMs, { order: step(mixed(1200, 1, 9000), 600) });
    const windows = [healthy, window(2000), broken(4000), broken(6000), broken(8000), window(10_000)];
    const exclusions = [{ fromMs: 6500, toMs: 9000 }];
    expect(statuses(windows)['submission-p99']).toBe('fail');
    expect(Object.values(statuses(windows, { exclusions }))).not.toContain('fail');
    // One window further on and the bad calls count: it is the exclusion that leaves them out.
    expect(statuses([...windows, broken(12_000)], { exclusions })['submission-p99']).toBe('fail');
  });

  test('no data is never green, and too few samples decide nothing', () => {
    expect(new Set(Object.values(statuses([], { counted: zeroCounted })))).toEqual(new Set(['unknown']));
    expect(judge(rowsOf([])).exitCode).toBe(3);
    const few = rowsOf([window(0, { order: step(mixed(298, 0, 0)) })]);
    expect(few.find((row) => row.check === 'submission-p99')).toMatchObject({
      status: 'unknown',
      minimumSamples: 299,
    });
    expect(few.find((row) => row.check === 'submission-p95')?.status).toBe('pass');
    expect(judgeSamples(few)).toMatchObject({ check: 'samples-sufficient', status: 'fail' });
    expect(judge([...few, judgeSamples(few)]).verdict).toBe('inconclusive');
  });

  test('a broken shop is red on few samples too, when they prove it', () => {
    expect(statuses([window(0, { order: step(mixed(40, 1, 5000)) })])).toMatchObject({
      'slo-checkout-latency': 'fail',
      'submission-p99': 'fail',
    });
  });

  test('a policy tightens the limits and asks for more samples', () => {
    expect(statuses([healthy], { limits: { submissionP99Seconds: 0.02 } })['submission-p99']).toBe('fail');
    expect(statuses([healthy], { limits: { minimumSamples: 5000 } })['submission-p99']).toBe('unknown');
    const counted = { ...allCounted, notification: { good: 985, total: 1000 } };
    expect(statuses([healthy], { counted })['slo-notification']).toBe('unknown');
    expect(
      statuses([healthy], { counted, limits: { objectives: { notification: 0.95 } } })['slo-notification'],
    ).toBe('pass');
  });
});

const zeroCounted = {
  'payment-authorization': { good: 0, total: 0 },
  'payment-latency-primary': { good: 0, total: 0 },
  'order-creation': { good: 0, total: 0 },
  'pipeline-freshness': { good: 0, total: 0 },
  notification: { good: 0, total: 0 },
};
