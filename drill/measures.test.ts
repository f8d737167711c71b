// The arithmetic between what was sampled and what is judged.
import { describe, expect, test } from 'vitest';
import { slos } from '../alerts/slos.ts';
import { machineSampleOf, parseCpuLine } from './machine.ts';
import { saturation } from './machine-checks.ts';
import { parsePressure, parseThrottled, stallShares } from './pressure.ts';
import { layOut, plans } from './plan.ts';
import { planGameDay } from './options.ts';
import { loadProfile } from '../loadtests/load-profile.ts';
import { countOf, countsOutside, parseExposition } from './slis.ts';
import { type CompactSpan, isMailSpan, isWhole, growTree, mailSpanName } from './traces.ts';

const sloOf = (id: string) => slos.find((slo) => slo.id === id)!;

describe('SLIs read from the services themselves', () => {
  const text = [
    '# HELP checkout_submissions_total Order submissions',
    'checkout_submissions_total{outcome="placed"} 90',
    'checkout_submissions_total{outcome="declined"} 5',
    'checkout_submissions_total{outcome="payment_unavailable"} 4',
    'checkout_submissions_total{outcome="error"} 1',
    'order_confirmation_duration_seconds_bucket{le="5"} 8 # {trace_id="abc"} 0.1 1790000000',
    'order_confirmation_duration_seconds_bucket{le="15"} 10',
    'order_confirmation_duration_seconds_count 10',
  ].join('\n');

  test('a ratio counts our failures only; a latency counts what its bucket does not hold', () => {
    const metrics = parseExposition(text);
    expect(countOf(sloOf('checkout-availability'), metrics)).toEqual({ total: 100, bad: 5 });
    expect(countOf(sloOf('order-creation'), metrics)).toEqual({ total: 10, bad: 2 });
  });

  test('an error is no good answer, however quickly it came', () => {
    const route = 'service="checkout",http_route="/v1/carts"';
    const counted = parseExposition(
      ['2xx', '4xx', '5xx']
        .flatMap((status, at) => [
          `http_server_request_duration_seconds_bucket{${route},status_class="${status}",le="0.3"} ${at + 1}`,
          `http_server_request_duration_seconds_count{${route},status_class="${status}"} ${at + 1}`,
        ])
        .join('\n'),
    );
    expect(countOf(sloOf('cart'), counted)).toEqual({ total: 6, bad: 3 });
  });

  test('what happened inside a fault is left out, and a restarted process counts from zero', () => {
    const sample = (at_ms: number, total: number, bad: number) => ({
      at_ms,
      counts: { 'order-creation': { total, bad } },
    });
    const samples = [
      sample(0, 0, 0),
      sample(10, 10, 0),
      sample(20, 40, 30),
      sample(30, 50, 30),
      sample(40, 7, 1),
    ];
    const outside = countsOutside(samples, [{ fromMs: 12, toMs: 18 }]);
    expect(outside['order-creation']).toEqual({ total: 10 + 10 + 7, bad: 1 });
  });
});

describe('the machine', () => {
  test('steal is told from work in /proc/stat', () => {
    const before = parseCpuLine('cpu 100 0 100 800 0 0 0 0 0 0');
    const after = parseCpuLine('cpu 140 0 110 830 0 0 0 20 0 0');
    const { busy, steal } = machineSampleOf(before, after);
    expect(busy).toBeCloseTo(0.7);
    expect(steal).toBeCloseTo(0.2);
  });

  test('a core whose work waits for a disk is busy, not idle', () => {
    const before = parseCpuLine('cpu 100 0 100 800 0 0 0 0 0 0');
    const after = parseCpuLine('cpu 110 0 110 810 70 0 0 0 0 0');
    expect(machineSampleOf(before, after).busy).toBeCloseTo(0.9);
  });

  test('pressure and quota are read as shares of the second', () => {
    const text =
      'some avg10=10.71 avg60=10.20 avg300=22.06 total=2301355272\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7';
    expect(parsePressure(text)).toBe(2_301_355_272);
    expect(parseThrottled('usage_usec 9\nnr_throttled 3\nthrottled_usec 250000\n')).toBe(250_000);
    expect(parseThrottled('nr_periods 9\nnr_throttled 3\nthrottled_time 250000000\n')).toBe(250_000);
    expect(parsePressure('')).toBeUndefined();
    expect(stallShares({ cpu: 0, io: 0, throttled: 0 }, { cpu: 500_000, io: 100_000 }, 1_000)).toEqual({
      cpu_stall: 0.5,
      io_stall: 0.1,
    });
  });

  test.each(['cpu_stall', 'io_stall', 'throttled'] as const)(
    'more than a fifth of the seconds with %s is named; a fifth is borne, and so is evidence that lacks it',
    (field) => {
      const calm = { at_ms: 0, busy: 0.5, steal: 0, loop_delay_ms: 20, clock_step_ms: 0 };
      const seconds = (stalled: number) =>
        Array.from({ length: 10 }, (_, i) => (i < stalled ? { ...calm, [field]: 0.9 } : calm));
      expect(saturation(seconds(3))).toContain('in 30 % of the seconds');
      expect(saturation(seconds(2))).toBeNull();
      expect(saturation(seconds(0))).toBeNull();
    },
  );

  test('the waiting of an ordinary drill on two cores is no saturation', () => {
    const second = { at_ms: 0, busy: 0.7, steal: 0, loop_delay_ms: 20, clock_step_ms: 0 };
    expect(saturation([{ ...second, cpu_stall: 0.6, io_stall: 0.02, throttled: 0 }])).toBeNull();
  });

  test('a hypervisor that takes a fifth of the processor is named', () => {
    const sample = { at_ms: 0, busy: 0.5, steal: 0.2, loop_delay_ms: 20, clock_step_ms: 0 };
    expect(saturation([sample, sample])).toContain('hypervisor');
    expect(saturation([{ ...sample, steal: 0 }])).toBeNull();
  });
});

describe('a trace', () => {
  const span = (
    id: string,
    parent: string | null,
    service: string,
    more: Partial<CompactSpan> = {},
  ): CompactSpan => ({
    ...{
      trace: 't',
      span: id,
      parent,
      service,
      name: id,
      start_ms: 0,
      duration_ms: 1,
      error: false,
      links: [],
    },
    ...more,
  });
  const mail = (more: Partial<CompactSpan>) => span('m', null, 'workers', { name: mailSpanName, ...more });
  const whole = (spans: CompactSpan[]) => isWhole(growTree(spans), 't', isMailSpan);

  test('is whole when children lead from the click to the mail', () => {
    expect(whole([span('a', 'click', 'checkout'), span('b', 'a', 'orders'), mail({ parent: 'b' })])).toBe(
      true,
    );
  });
  test('is whole when a link does, into another trace', () => {
    const spans = [span('a', 'click', 'checkout'), mail({ trace: 't2', links: [['t', 'a']] })];
    expect(whole(spans)).toBe(true);
  });
  test('is not whole when the span between is missing, or the mail hangs from nothing', () => {
    expect(whole([span('a', 'click', 'checkout'), mail({ parent: 'gone' })])).toBe(false);
    expect(whole([span('b', 'a', 'orders'), mail({ parent: 'b' })])).toBe(false);
    expect(whole([])).toBe(false);
  });
});

describe('the plans', () => {
  test.each(Object.values(plans))(
    '$mode proves every alert it expects within 0.7 of its fault',
    async (plan) => {
      const profile = await loadProfile();
      const gameDay = planGameDay(plan, profile, {
        peakOrdersPerSecond: plan.peakOrdersPerSecond,
        scale: 1.5,
      });
      expect(gameDay.flatMap((experiment) => experiment.alerts).length).toBeGreaterThanOrEqual(4);
    },
  );
  test('at a tenth of the rate the same plan is refused with what to change', async () => {
    const profile = await loadProfile();
    expect(() => planGameDay(plans.default, profile, { peakOrdersPerSecond: 1.4, scale: 1.5 })).toThrow(
      /CheckoutAvailabilityBurn.*make the fault last/s,
    );
  });
  test('a game day longer than its replay is a bug of the plan', () => {
    expect(() =>
      layOut({ ...plans.short, replaySeconds: 60 }, ['provider-timeout', 'both-psps-down']),
    ).toThrow(/needs .* s/);
  });
});
