import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBalanced, kept, movementOf } from './balance.ts';
import { eventsOf, type LifeOf, liveInMemory, moneyOf, tellingOf } from './test-life.ts';

const life: LifeOf = {
  attemptId: 'pay_1',
  totalMinor: 10_000,
  locations: [
    { id: 'LON-1', sku: 'AAAA1111' },
    { id: 'MAN-1', sku: 'BBBB2222' },
  ],
};
const none = { refunds: [], dispute: 'none', returned: false, cancelled: false } as const;

/** Told as it happened, the state after each event. */
function states(ending: Parameters<typeof eventsOf>[1]): string[] {
  const order = liveInMemory(life);
  return eventsOf(life, ending).map((event) => {
    order.tell(event);
    return order.now.state;
  });
}

describe('an order told as it happens', () => {
  test('is captured, sent in two parcels, fulfilled', () => {
    expect(states(none)).toEqual([
      'captured',
      'partially_fulfilled',
      'partially_fulfilled',
      'partially_fulfilled',
      'fulfilled',
    ]);
  });

  test('two partial refunds and the rest: partially refunded, then refunded', () => {
    expect(states({ ...none, refunds: [40, 40] }).slice(-2)).toEqual([
      'partially_refunded',
      'partially_refunded',
    ]);
    expect(states({ ...none, refunds: [40, 30, 30] }).at(-1)).toBe('refunded');
  });

  test('a dispute covers the state before it and gives it back when it is won, on appeal too', () => {
    expect(states({ ...none, dispute: 'won' }).slice(-2)).toEqual(['disputed', 'fulfilled']);
    expect(states({ ...none, dispute: 'appealed' }).slice(-3)).toEqual([
      'disputed',
      'chargeback',
      'fulfilled',
    ]);
  });
});

describe('an order told in any order', () => {
  test('twice or three times: the money is what happened, the ledger balanced at every moment', () => {
    fc.assert(
      fc.property(tellingOf(life, { lossy: false }), ({ happened, told }) => {
        const order = liveInMemory(life);
        for (const event of told) {
          order.tell(event);
          expect(isBalanced(order.now.balance)).toBe(true);
        }
        expect(order.now.balance).toEqual(moneyOf(life.totalMinor, happened));
      }),
      { numRuns: 3_000 },
    );
  });

  test('with some of it lost: legal and balanced, and what could not be is on record', () => {
    fc.assert(
      fc.property(tellingOf(life, { lossy: true }), ({ told }) => {
        const order = liveInMemory(life);
        for (const event of told) {
          order.tell(event);
          expect(isBalanced(order.now.balance)).toBe(true);
        }
        const { captured_minor, authorized_minor } = order.now.balance;
        expect(captured_minor).toBeLessThanOrEqual(authorized_minor);
        // Money that is not booked is parked: nothing that was told is forgotten.
        const waiting = new Set(order.parked.map(({ event_id }) => event_id));
        const captured = told.some(({ type }) => type === 'payment.captured');
        for (const event of told)
          if (movementOf(event) !== null && !captured) expect(waiting.has(event.event_id)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test('without a dispute or a wish to cancel it also ends in the same state', () => {
    const quiet = tellingOf(life, { lossy: false }).filter(
      ({ happened }) =>
        !happened.some(({ type }) => type.startsWith('chargeback') || type === 'order.cancelled'),
    );
    fc.assert(
      fc.property(quiet, ({ happened, told }) => {
        // A parcel cannot be made of what is not captured: that is a wish of ours and not news, so it is told in time.
        const made = told.filter(({ type }) => type === 'payment.captured' || type === 'shipment.created');
        const inTime = [...made.toSorted((a, b) => (a.type < b.type ? -1 : 1)), ...told];
        const order = liveInMemory(life);
        const straight = liveInMemory(life);
        for (const event of inTime) order.tell(event);
        for (const event of happened) straight.tell(event);
        expect(order.now.balance).toEqual(straight.now.balance);
        expect(order.parked).toEqual(straight.parked);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a ledger that forgets to hold refunds against the capture is seen', () => {
    const order = liveInMemory(life);
    const [capture] = eventsOf(life, none);
    order.tell(capture!);
    const refund = (id: string, amount_minor: number) =>
      ({
        type: 'refund.partial',
        event_id: id,
        operation_id: id,
        attempt_id: 'pay_1',
        amount_minor,
      }) as const;
    order.tell(refund('r1', 9_000));
    order.tell(refund('r2', 9_000));
    expect(kept(order.now.balance)).toBe(1_000);
    expect(order.parked.map(({ event_id }) => event_id)).toEqual(['r2']);
    // The same two, booked without asking: the check that the properties stand on is red.
    expect(isBalanced({ ...order.now.balance, refunded_minor: 18_000 })).toBe(false);
  });
});
