import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderStates } from '../telemetry/metrics/orders.ts';
import { orderEventTypes, transition, transitions } from './order.ts';
import { attemptStateAfter, effectOf, undecided } from './payment-effect.ts';

const state = fc.constantFrom(...orderStates);
const event = fc.constantFrom(...orderEventTypes);

describe('the order machine', () => {
  test('any run of events only ever takes written transitions', () => {
    fc.assert(
      fc.property(state, fc.array(event), (from, events) => {
        events.reduce((at, next) => {
          const result = transition(at, next);
          if (result.kind === 'illegal') return at;
          expect(transitions).toContainEqual({ from: at, event: next, to: result.to });
          return result.to;
        }, from);
      }),
    );
  });

  test('one state and one event lead to one place', () => {
    const pairs = transitions.map((row) => `${row.from} ${row.event}`);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  test('money is never authorised for an order that ended', () => {
    for (const from of ['cancelled', 'refunded', 'chargeback'] as const)
      expect(transition(from, 'payment.authorized').kind).toBe('illegal');
  });
});

describe('what a payment event means', () => {
  const types = Object.keys(attemptStateAfter) as (keyof typeof attemptStateAfter)[];

  test('an undecided attempt of a pending order is decided by any event', () => {
    for (const attempt of undecided)
      for (const type of types) expect(effectOf('pending_payment', attempt, type).kind).toBe('move');
  });

  test('an approval that cannot count is never dropped', () => {
    for (const from of orderStates)
      for (const attempt of ['declined', 'not_executed', 'voided'] as const)
        expect(effectOf(from, attempt, 'payment.authorized')).toEqual({
          kind: 'discrepancy',
          class: 'late_authorization',
        });
  });

  test('a void of what a live order counts on needs a person; of what an ended order held, it settles', () => {
    expect(effectOf('authorized', 'approved', 'payment.voided')).toMatchObject({
      class: 'voided_live_order',
    });
    expect(effectOf('cancelled', 'approved', 'payment.voided')).toEqual({ kind: 'settle' });
  });
});
