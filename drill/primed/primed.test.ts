// A history at nine tenths of a threshold keeps an alert silent, and the fault takes it over at the computed minute: by our
// own arithmetic for every alert that can be primed, and by promtool for one alert of each length, beside their twins.
import { describe, expect, test } from 'vitest';
import type { AlertRule } from '../../alerts/alert.ts';
import { proofName } from '../../alerts/proofs/suite.ts';
import { windowSeconds } from '../../alerts/burn-rate.ts';
import { alertRules, ruleGroups } from '../../alerts/rules.ts';
import { type SloId, slos } from '../../alerts/slos.ts';
import { plans } from '../plan.ts';
import { type BudgetRule, budgetRules, firesAt, isTrue, movedRules, silences } from './budget-rules.ts';
import { type Course, eventsIn, shareIn } from './course.ts';
import { primedNamed } from './named.ts';
import { nearest } from './nearest.ts';
import { primables, primableText, primedTimes } from './planned.ts';
import { type PrimedDrill, prime, primedShare } from './prime.ts';
import { type Told, heardByPromtool } from './promtool.fixture.ts';

const times = primedTimes(plans.short, plans.short.peakOrdersPerSecond, [21]);
const { load, faultStartSeconds: start, faultSeconds } = times;
const ruleNamed = (name: string) => budgetRules.find((rule) => rule.name === name)!;
const primedFor = (name: string) => primedNamed(name, times);

const courseOf = (drill: PrimedDrill, spoils: Course['spoils']): Course => ({
  ...{ historyPerSecond: drill.historyPerSecond, primed: drill.history, load, spoils },
  fault: { startSeconds: start, seconds: faultSeconds },
});
/** As much as a fault must at least spoil, and as much as it can. */
const least: Course['spoils'] = { 'checkout-latency': 0.85, 'payment-latency-primary': 0.95 };
const none: Course['spoils'] = {};

const slow = 'CheckoutLatencyBurn.ticket-slow';
const fast = 'CheckoutLatencyBurn.page-fast';

describe('a primed history', () => {
  test('fills the long window to nine tenths of the threshold, and the month before it is healthy', () => {
    for (const name of [slow, fast, 'CheckoutJourneyBurn.ticket-slow']) {
      const drill = primedFor(name);
      const { objective, threshold, windows } = drill.rule;
      const course = courseOf(drill, none);
      for (const window of windows)
        expect(shareIn(objective, course, 0, windowSeconds[window])).toBeCloseTo(primedShare * threshold, 9);
      const before = shareIn(objective, course, -drill.history.seconds, windowSeconds['6h']);
      expect(before).toBeLessThan(0.05 * (1 - objective.objective));
    }
  });

  test('lets nothing fire before the fault, the alert after it, and none that would silence it', () => {
    const able = budgetRules.flatMap((rule) => {
      const primable = prime(rule, times);
      return primable.kind === 'primed' ? [primable.drill] : [];
    });
    expect(able.map(({ rule }) => rule.name)).toEqual(
      expect.arrayContaining([
        ...[slow, fast, 'CheckoutLatencyBurn.ticket-fast', 'CheckoutAvailabilityBurn.page-slow'],
        'ErrorBudgetExhausted.checkout-latency',
      ]),
    );
    for (const drill of able) {
      const { rule, planned, trueAfterSeconds } = drill;
      expect(trueAfterSeconds, rule.name).toBeLessThanOrEqual(0.7 * faultSeconds);
      expect(planned.budgetSeconds).toBeGreaterThan(planned.timeToDetectSeconds);
      const quiet = courseOf(drill, none);
      const until = start + planned.budgetSeconds;
      expect(
        movedRules.filter((other) => firesAt(other, quiet, until) !== null).map(({ name }) => name),
        `${rule.name} without its fault`,
      ).toEqual([]);
    }
  }, 60_000);

  test('that is ten times as busy is not taken over: the rate is solved for, not guessed', () => {
    const drill = primedFor(slow);
    const at = start + faultSeconds;
    expect(isTrue(drill.rule, courseOf(drill, least), at)).toBe(true);
    const busy = { ...drill, historyPerSecond: drill.historyPerSecond * 10 };
    expect(isTrue(drill.rule, courseOf(busy, least), at)).toBe(false);
  });

  test('counts a stretch of traffic by its events, whatever the window cuts off', () => {
    const course: Course = {
      ...{ historyPerSecond: 2, primed: { badShare: { quote: 0.3 }, seconds: 100 }, spoils: { quote: 0.5 } },
      load: [{ fromSeconds: 0, untilSeconds: 20, ordersPerSecond: 10 }],
      fault: { startSeconds: 10, seconds: 5 },
    };
    // Quotes are 45 of 27 orders: 10 s of history, 10 s healthy, 5 s of fault, 5 s healthy, 10 s of nobody.
    const quotes = 45 / 27;
    const { events, bad } = eventsIn('quote', course, 30, 40);
    expect(events).toBeCloseTo(quotes * (2 * 10 + 10 * 20));
    expect(bad).toBeCloseTo(quotes * (2 * 10 * 0.3 + 10 * 5 * 0.5));
  });
});

describe('the routing', () => {
  test('says which alert keeps which back, and the reader of its matchers refuses what it does not know', () => {
    const [page, ticket] = [ruleNamed(fast), ruleNamed(slow)];
    expect(silences(page, ticket)).toBe(true);
    expect(silences(ticket, page)).toBe(false);
    expect(silences(page, ruleNamed('CartBurn.ticket-slow'))).toBe(false);
    expect(silences(page, ruleNamed('ErrorBudgetExhausted.checkout-latency'))).toBe(true);
    expect(silences(page, ruleNamed('CheckoutJourneyBurn.page-slow'))).toBe(true);
  });

  test('an alert that a louder one would keep back is refused, with its name', () => {
    expect(() => primedFor('CheckoutAvailabilityBurn.ticket-fast')).toThrow(
      /CheckoutAvailabilityBurn\.page-fast would fire too/,
    );
  });

  test('a fault that is too short is refused with what would be needed', () => {
    const hurried = { ...times, faultSeconds: 2 };
    expect(() => primedNamed(fast, hurried)).toThrow(/make the fault last longer/);
  });
});

describe('--primed', () => {
  test('a slip is answered with the nearest name, half a name with the whole ones', () => {
    expect(() => primedFor('CheckoutLatencyBrun.ticket-slow')).toThrow(`Did you mean ${slow}?`);
    expect(() => primedFor('CheckoutLatencyBurn')).toThrow(`say which: ${fast}`);
    expect(() => primedFor('Gremlins')).toThrow('there is no such alert; headroom drill --primed list');
    expect(nearest('cartburn.page-fast', ['CartBurn.page-fast'])).toBe('CartBurn.page-fast');
    expect(nearest('x', ['CartBurn.page-fast'])).toBeNull();
  });

  test('an alert without a budget is refused with what proves it instead', () => {
    expect(() => primedFor('PaymentProviderTimeouts')).toThrow(
      /no budget .* provider-timeout in an ordinary drill/,
    );
    expect(() => primedFor('LostOrder')).toThrow(/headroom alerts prove --only LostOrder/);
    expect(() => primedFor('NotificationBurn.ticket-slow')).toThrow(/no fault of the provider lab spoils/);
  });

  test('list names every alert on a budget once, as one that can or one that cannot', () => {
    const text = primableText(primables(times));
    for (const { name } of budgetRules)
      expect(text.match(new RegExp(`^  ${name} `, 'gm')), name).toHaveLength(1);
  }, 60_000);
});

describe('promtool', () => {
  const told = (name: string, spoils: Course['spoils'], over: Partial<Told> = {}): Told => {
    const drill = primedFor(name);
    const alert = alertRules(ruleGroups()).find((one) => proofName({ alert: one }) === name)!;
    return { alert, rule: drill.rule, course: courseOf(drill, spoils), stepSeconds: 5, ...over };
  };
  const spoilsOf = (share: number, slo: SloId = 'checkout-latency'): Partial<Record<SloId, number>> => ({
    [slo]: share,
  });

  test.each([
    // The rule is true 13 s into the fault and says so at the next step; the slower one waits a minute more.
    [fast, 5, { silent: start, firing: start + 15 }, 'checkout-latency'],
    ['PaymentLatencyPrimaryBurn.page-slow', 30, { silent: 90, firing: 120 }, 'payment-latency-primary'],
  ] as const)('hears %s at the computed moment, and not before', async (name, stepSeconds, at, slo) => {
    expect(await heardByPromtool(told(name, spoilsOf(0.85, slo), { stepSeconds }), at)).toEqual([]);
  });

  test('hears nothing when the fault does not come, or when somebody raised the threshold', async () => {
    const at = { silent: start, firing: start + 15 };
    expect(await heardByPromtool(told(fast, none), at)).toEqual([expect.stringContaining('got: nil')]);
    const raised = (alert: AlertRule, { threshold }: BudgetRule): AlertRule => ({
      ...alert,
      expr: alert.expr.replaceAll(`> ${threshold}`, `> ${threshold * 2}`),
    });
    const spoilt = told(fast, spoilsOf(0.85));
    const deaf = { ...spoilt, alert: raised(spoilt.alert, spoilt.rule) };
    expect(deaf.alert.expr).not.toBe(spoilt.alert.expr);
    expect(await heardByPromtool(deaf, at)).toEqual([expect.stringContaining('got: nil')]);
  });
});

test('every objective that a fault can spoil is one that exists', () => {
  expect(Object.keys(least).every((id) => slos.some((slo) => slo.id === id))).toBe(true);
});
