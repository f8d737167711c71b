import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OrderEvent } from '../contracts/order-events.ts';
import type { Database } from '../db/client.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { createInstruments, type Instruments } from '../telemetry/instruments.ts';
import { applyOrderEvent, applyParked } from './apply-order-event.ts';
import { ordersWithParked } from './parked-events.ts';
import { eventsOf, type LifeOf, moneyOf, tellingOf } from './test-life.ts';
import { brokenBooks, ordersInstance, paymentEventOf, submission, type TestOrders } from './test-orders.ts';

let server: TestServer;
let database: TestDatabase;
let orders: TestOrders;
let roles: readonly [Database, Database];
let instruments: Instruments;
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  orders = ordersInstance(database);
  roles = [database.open('orders'), database.open('workers')];
  instruments = createInstruments('workers');
  await database.owner`insert into orders.locations (id, country, zone) values ('MAN-1', 'GB', 'europe')`;
  await database.stock('AAAA1111', 1_000_000);
  await database.stock('BBBB2222', 1_000_000, 'MAN-1');
});
afterAll(() => server.stop());

/** A paid order of two articles, one at each location. */
async function paid(): Promise<LifeOf & { orderId: string }> {
  const lines = ['AAAA1111', 'BBBB2222'].map((sku) => ({ sku, quantity: 1, unit_price_minor: 500 }));
  const answer = await orders.place(submission({ lines }));
  if (answer.kind !== 'placed') throw new Error(answer.kind);
  await orders.event(answer.order_id, paymentEventOf(answer.attempt.id, 'payment.authorized'));
  return {
    orderId: answer.order_id,
    attemptId: answer.attempt.id,
    totalMinor: answer.attempt.amount_minor,
    locations: [
      { id: 'LON-1', sku: 'AAAA1111' },
      { id: 'MAN-1', sku: 'BBBB2222' },
    ],
  };
}
const none = { refunds: [], dispute: 'none', returned: false, cancelled: false } as const;
const tell = (orderId: string, event: OrderEvent, role = 0) =>
  applyOrderEvent(roles[role % 2]!, instruments, orderId, event);
const stateOf = async (orderId: string) =>
  (await database.owner`select state from orders.orders where public_id = ${orderId}`)[0]!.state;
const balanceOf = async (orderId: string) => {
  const [row] = await database.owner`
    select authorized_minor, captured_minor, refunded_minor, charged_back_minor, reversed_minor
    from orders.order_balances where order_id = ${orderId}`;
  return row;
};
const ledger = async (orderId: string) =>
  (
    await database.owner`select kind, amount_minor from orders.payment_ledger where order_id = ${orderId} order by id`
  ).map((row) => `${row.kind} ${row.amount_minor}`);
const stockOf = async (sku: string) =>
  (await database.owner`select on_hand, reserved, in_transit_out from orders.stock where sku = ${sku}`)[0]!;
const openDiscrepancies = async (orderId: string) =>
  (
    await database.owner`select class from orders.discrepancies
      where reference like ${`${orderId}/%`} and resolved_at is null`
  ).length;

describe('an order that goes well', () => {
  test('is captured, sent in two parcels and fulfilled; money, stock, history and announcements follow', async () => {
    const order = await paid();
    const before = await stockOf('AAAA1111');
    const answers = [];
    for (const event of eventsOf(order, none)) answers.push(await tell(order.orderId, event));
    expect(answers.map((answer) => 'state' in answer && answer.state)).toEqual([
      'captured',
      'partially_fulfilled',
      'partially_fulfilled',
      'partially_fulfilled',
      'fulfilled',
    ]);
    expect(await ledger(order.orderId)).toEqual(['authorized 1495', 'captured 1495']);
    const after = await stockOf('AAAA1111');
    expect(after).toEqual({
      on_hand: before.on_hand - 1,
      reserved: before.reserved - 1,
      in_transit_out: before.in_transit_out,
    });
    const told =
      await database.owner`select type from orders.outbox where order_id = ${order.orderId} order by id`;
    expect(told.map((row) => row.type)).toEqual([
      'order.authorized',
      'order.captured',
      'order.shipped',
      'order.shipped',
    ]);
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('goods that come back are on record, and only those that can be sold again are on the shelf', async () => {
    const order = await paid();
    for (const event of eventsOf(order, none)) await tell(order.orderId, event);
    const [good, bad] = [await stockOf('AAAA1111'), await stockOf('BBBB2222')];
    const rma: OrderEvent = {
      ...{ type: 'rma.completed', event_id: 'rma', return_id: `rma:${order.orderId}` },
      lines: [
        { sku: 'AAAA1111', location_id: 'LON-1', quantity: 1, disposition: 'resell' },
        { sku: 'BBBB2222', location_id: 'MAN-1', quantity: 1, disposition: 'scrap' },
      ],
    };
    expect(await tell(order.orderId, rma)).toEqual({ kind: 'applied', state: 'returned' });
    expect(await tell(order.orderId, { ...rma, event_id: 'again' })).toMatchObject({ kind: 'duplicate' });
    expect((await stockOf('AAAA1111')).on_hand).toBe(good.on_hand + 1);
    expect((await stockOf('BBBB2222')).on_hand).toBe(bad.on_hand);
    const [more] = rma.lines;
    const another = { ...rma, event_id: 'more', return_id: 'more', lines: [more!] };
    expect(await tell(order.orderId, another)).toMatchObject({ kind: 'illegal' });
    expect(await brokenBooks(database.owner)).toEqual({});
  });
});

describe('the same event again', () => {
  test('twenty at once over two roles change one thing once, under one id or many', async () => {
    const order = await paid();
    const [capture] = eventsOf(order, none);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        tell(order.orderId, i % 3 ? capture! : { ...capture!, event_id: `other-${i}` }, i),
      ),
    );
    expect(answers.filter(({ kind }) => kind === 'applied')).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === 'duplicate')).toHaveLength(19);
    expect(await ledger(order.orderId)).toEqual(['authorized 1495', 'captured 1495']);
    expect(await openDiscrepancies(order.orderId)).toBe(0);
  });

  test('a second capture of an order is never booked: it is a discrepancy', async () => {
    const order = await paid();
    const [capture] = eventsOf(order, none);
    await tell(order.orderId, capture!);
    const second = { ...capture!, event_id: 'second', operation_id: 'second' } as OrderEvent;
    expect(await tell(order.orderId, second)).toEqual({ kind: 'illegal', state: 'captured' });
    expect(await ledger(order.orderId)).toEqual(['authorized 1495', 'captured 1495']);
    expect(await openDiscrepancies(order.orderId)).toBe(1);
  });
});

describe('what comes too early', () => {
  test('a capture told before its authorisation waits, and heals when that is known', async () => {
    const answer = await orders.place(submission());
    if (answer.kind !== 'placed') throw new Error(answer.kind);
    const { order_id: orderId, attempt } = answer;
    const capture: OrderEvent = {
      ...{ type: 'payment.captured', event_id: 'early', operation_id: `op:${orderId}` },
      ...{ attempt_id: attempt.id, amount_minor: attempt.amount_minor },
    };
    expect(await tell(orderId, capture)).toEqual({ kind: 'illegal', state: 'pending_payment' });
    expect(await openDiscrepancies(orderId)).toBe(1);
    expect(await ordersWithParked(roles[1], 10)).not.toContain(orderId);
    await orders.event(orderId, paymentEventOf(attempt.id, 'payment.authorized'));
    expect(await ordersWithParked(roles[1], 10)).toContain(orderId);
    expect(await applyParked(roles[1], instruments, orderId)).toBe(true);
    expect(await stateOf(orderId)).toBe('captured');
    expect(await openDiscrepancies(orderId)).toBe(0);
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('an event of an order or an attempt that is not ours is nobody’s', async () => {
    const [one, other] = [await paid(), await paid()];
    const [capture] = eventsOf(other, none);
    expect(await tell('ord_none', capture!)).toEqual({ kind: 'no_such_order' });
    expect(await tell(one.orderId, capture!)).toEqual({ kind: 'no_such_attempt' });
  });
});

describe('a wish to cancel', () => {
  const cancel: OrderEvent = { type: 'order.cancelled', event_id: 'wish' };

  test('before the capture ends the order and gives its stock back', async () => {
    const order = await paid();
    const before = await stockOf('AAAA1111');
    expect(await tell(order.orderId, cancel)).toEqual({ kind: 'applied', state: 'cancelled' });
    expect((await stockOf('AAAA1111')).reserved).toBe(before.reserved - 1);
    expect(await tell(order.orderId, { ...cancel, event_id: 'again' })).toMatchObject({ kind: 'duplicate' });
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('while a capture may be at the provider waits for it, and keeps the parcel back', async () => {
    const order = await paid();
    await database.owner`update orders.orders set capture_requested_at = now() where public_id = ${order.orderId}`;
    expect(await tell(order.orderId, cancel)).toEqual({ kind: 'applied', state: 'authorized' });
    expect(await tell(order.orderId, cancel)).toEqual({ kind: 'duplicate', state: 'authorized' });
    const [capture, made] = eventsOf(order, none);
    expect(await tell(order.orderId, capture!)).toEqual({ kind: 'applied', state: 'captured' });
    expect(await tell(order.orderId, made!)).toEqual({ kind: 'illegal', state: 'captured' });
  });

  test('a capture that it overtook is booked, and the order stays cancelled', async () => {
    const order = await paid();
    await tell(order.orderId, cancel);
    const [capture] = eventsOf(order, none);
    expect(await tell(order.orderId, capture!)).toEqual({ kind: 'applied', state: 'cancelled' });
    expect(await ledger(order.orderId)).toEqual(['authorized 1495', 'captured 1495']);
  });

  test('once a parcel is made it is refused: goods that are on their way are sent back', async () => {
    const order = await paid();
    for (const event of eventsOf(order, none).slice(0, 2)) await tell(order.orderId, event);
    expect(await tell(order.orderId, cancel)).toEqual({ kind: 'illegal', state: 'partially_fulfilled' });
  });
});

describe('whatever arrives in whatever order', () => {
  const tellingFor = (order: LifeOf, seed: number, lossy: boolean) =>
    fc.sample(tellingOf(order, { lossy }), { seed, numRuns: 1 })[0]!;

  test('often, and over two roles: the money is what happened, the books whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const order = await paid();
        const { happened, told } = tellingFor(order, seed, false);
        for (const [i, event] of told.entries()) await tell(order.orderId, event, i);
        expect(await balanceOf(order.orderId)).toEqual(moneyOf(order.totalMinor, happened));
        expect(await brokenBooks(database.owner)).toEqual({});
      }),
      { numRuns: 12 },
    );
  }, 120_000);

  test('all of it at the same moment, and some of it never: the books are whole all the same', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, paid));
    await Promise.all(
      all.map(async (order, i) => {
        const { told } = tellingFor(order, i, i % 2 === 1);
        await Promise.all(told.map((event, role) => tell(order.orderId, event, role)));
      }),
    );
    expect(await brokenBooks(database.owner)).toEqual({});
  });
});

describe('the last line of defence', () => {
  test.each([
    ['never_returned_too_much', 'refunded_minor = captured_minor + 1', 'returned_too_much'],
    ['never_captured_unauthorized', 'captured_minor = authorized_minor + 1', 'returned_too_much'],
    ['never_reversed_too_much', 'reversed_minor = 1', 'returned_too_much'],
  ])('%s refuses it, and the count sees it when the constraint is gone', async (name, change, counted) => {
    const twin = await server.fresh();
    await twin.stock('AAAA1111', 10);
    const shop = ordersInstance(twin);
    const placed = await shop.place(submission());
    if (placed.kind !== 'placed') throw new Error(placed.kind);
    await shop.event(placed.order_id, paymentEventOf(placed.attempt.id, 'payment.authorized'));
    const { id, amount_minor } = placed.attempt;
    await applyOrderEvent(twin.open('orders'), instruments, placed.order_id, {
      ...{ type: 'payment.captured', event_id: 'c', operation_id: 'c', attempt_id: id, amount_minor },
    });
    expect(await brokenBooks(twin.owner)).toEqual({});
    const plant = () => twin.owner.unsafe(`update orders.order_balances set ${change}`);
    await expect(plant()).rejects.toThrow(name);
    await twin.owner.unsafe(`alter table orders.order_balances drop constraint ${name}`);
    await plant();
    expect(await brokenBooks(twin.owner)).toMatchObject({ [counted]: 1, drifted_balances: 1 });
  });

  test('money that moves by no operation, or twice by one, cannot be written down', async () => {
    const order = await paid();
    const [capture] = eventsOf(order, none);
    await tell(order.orderId, capture!);
    const again = (operation: string | null) => database.owner`
      insert into orders.payment_ledger (order_id, attempt_id, kind, amount_minor, currency, operation_id)
      values (${order.orderId}, ${order.attemptId}, 'captured', 1, 'GBP', ${operation})`;
    await expect(again(null)).rejects.toThrow('moved_by_an_operation');
    await expect(again(`${order.attemptId}:capture`)).rejects.toThrow('one_');
    await expect(again('another')).rejects.toThrow('one_capture_per_order');
  });
});
