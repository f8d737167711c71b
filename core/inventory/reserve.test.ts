import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import {
  brokenBooks,
  ordersInstance,
  paymentEventOf,
  submission,
  type TestOrders,
} from '../orders/test-orders.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { expireReservations } from './expire.ts';

let server: TestServer;
let database: TestDatabase;
let orders: TestOrders;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await server.fresh();
  orders = ordersInstance(database);
});

const stockOf = async (sku: string) =>
  (
    await database.owner`select on_hand, reserved from orders.stock where sku = ${sku} order by location_id`
  )[0];
const overdue = () => database.owner`update orders.reservations set expires_at = now() - interval '1 second'`;
const atp = async (sku: string) => (await orders.app.request(`/v1/atp/${sku}`)).json();

describe('the last units', () => {
  test('carts that share SKUs in every order never deadlock and never oversell', async () => {
    const skus = ['MULT0001', 'MULT0002', 'MULT0003', 'MULT0004'];
    for (const sku of skus) await database.stock(sku, 50);
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, i) => {
        const turned = [...skus.slice(i % 4), ...skus.slice(0, i % 4)].slice(0, 2 + (i % 3));
        const lines = turned.map((sku) => ({ sku, quantity: 1 + (i % 2), unit_price_minor: 100 }));
        return orders.place(submission({ lines: i % 2 ? lines : lines.reverse() }));
      }),
    );
    expect(new Set(answers.map((answer) => answer.kind))).toEqual(new Set(['placed', 'sold_out']));
    const [seen] = await database.owner`select pg_stat_clear_snapshot(), deadlocks from pg_stat_database
      where datname = current_database()`;
    expect(seen!.deadlocks).toBe(0);
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('a cart that is short of one SKU takes none of the others and leaves no trace', async () => {
    await database.stock('PLEN0001', 10);
    await database.stock('RARE0001', 1);
    const order = submission({
      lines: [
        { sku: 'PLEN0001', quantity: 1, unit_price_minor: 100 },
        { sku: 'RARE0001', quantity: 2, unit_price_minor: 100 },
      ],
    });
    expect(await orders.place(order)).toEqual({ kind: 'sold_out', skus: ['RARE0001'] });
    expect(await stockOf('PLEN0001')).toEqual({ on_hand: 10, reserved: 0 });
    // The same key is judged by the stock of that moment.
    await database.stock('RARE0001', 2);
    expect((await orders.place(order)).kind).toBe('placed');
  });

  test('two lines of one SKU are judged together', async () => {
    await database.stock('TWIN0001', 3);
    const line = { sku: 'TWIN0001', quantity: 2, unit_price_minor: 100 };
    expect((await orders.place(submission({ lines: [line, line] }))).kind).toBe('sold_out');
  });

  test('safety stock and stock on its way out are not sold; stock on its way in shows but is not sold', async () => {
    await database.stock('SAFE0001', 10);
    await database.owner`update orders.stock set safety_stock = 2, in_transit_out = 3, in_transit_in = 100 where sku = 'SAFE0001'`;
    expect(await atp('SAFE0001')).toMatchObject({
      atp: 105,
      locations: [{ location_id: 'LON-1', atp: 105 }],
    });
    expect((await orders.place(submission({ sku: 'SAFE0001', quantity: 6 }))).kind).toBe('sold_out');
    expect((await orders.place(submission({ sku: 'SAFE0001', quantity: 5 }))).kind).toBe('placed');
    expect(await atp('SAFE0001')).toMatchObject({ atp: 100 });
  });

  test('an unknown SKU is sold out, and has no ATP', async () => {
    expect(await orders.place(submission({ sku: 'NONE0001' }))).toEqual({
      kind: 'sold_out',
      skus: ['NONE0001'],
    });
    expect((await orders.app.request('/v1/atp/NONE0001')).status).toBe(404);
  });

  test('a second location serves what the first cannot', async () => {
    await database.stock('LOCA0001', 1, 'LON-1');
    await database.stock('LOCA0001', 5, 'MAN-1');
    expect((await orders.place(submission({ sku: 'LOCA0001', quantity: 4 }))).kind).toBe('placed');
    const [line] = await database.owner`select location_id from orders.order_lines`;
    expect(line).toEqual({ location_id: 'MAN-1' });
  });
});

describe('a hold that nobody paid for', () => {
  const placed = async (sku: string, quantity = 1) => {
    const answer = await orders.place(submission({ sku, quantity }));
    if (answer.kind !== 'placed') throw new Error(answer.kind);
    return answer;
  };

  test('is taken by the next buyer once it is overdue, however late the sweeper is', async () => {
    await database.stock('LATE0001', 1);
    await placed('LATE0001');
    expect((await orders.place(submission({ sku: 'LATE0001' }))).kind).toBe('sold_out');
    await overdue();
    await placed('LATE0001');
    expect(await stockOf('LATE0001')).toEqual({ on_hand: 1, reserved: 1 });
    expect(await orders.metrics()).toContain('inventory_reservations_total{result="expired"} 1');
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('is released by the sweeper with the workers’ role; an authorised order keeps its stock', async () => {
    await database.stock('SWEE0001', 5);
    const paid = await placed('SWEE0001');
    await orders.event(paid.order_id, paymentEventOf(paid.attempt.id, 'payment.authorized'));
    await placed('SWEE0001', 2);
    await overdue();
    const workers = database.open('workers');
    const counts = await Promise.all(
      [1, 2, 3].map(() => expireReservations(workers, createInstruments('workers'), 100)),
    );
    expect(counts.reduce((sum, count) => sum + count)).toBe(1);
    expect(await stockOf('SWEE0001')).toEqual({ on_hand: 5, reserved: 1 });
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('a payment that comes after the hold lapsed takes the stock again', async () => {
    await database.stock('AGAI0001', 2);
    const order = await placed('AGAI0001', 2);
    await overdue();
    await expireReservations(database.open('workers'), createInstruments('workers'), 100);
    expect(await stockOf('AGAI0001')).toEqual({ on_hand: 2, reserved: 0 });
    const answer = { status: 201, body: {} };
    const event = paymentEventOf(order.attempt.id, 'payment.authorized', { answer });
    expect(await orders.event(order.order_id, event)).toEqual({ kind: 'applied', state: 'authorized' });
    expect(await stockOf('AGAI0001')).toEqual({ on_hand: 2, reserved: 2 });
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('a payment that comes after the stock was sold cancels the order and leaves the money to be voided', async () => {
    await database.stock('GONE0001', 1);
    const late = await placed('GONE0001');
    await overdue();
    await placed('GONE0001');
    const answer = { status: 201, body: {} };
    const event = paymentEventOf(late.attempt.id, 'payment.authorized', { answer });
    expect(await orders.event(late.order_id, event)).toEqual({ kind: 'applied', state: 'cancelled' });
    expect(await database.owner`select class, reference, resolved_at from orders.discrepancies`).toEqual([
      { class: 'authorized_without_stock', reference: late.attempt.id, resolved_at: null },
    ]);
    expect(await brokenBooks(database.owner)).toEqual({});
    const voided = paymentEventOf(late.attempt.id, 'payment.voided');
    expect(await orders.event(late.order_id, voided)).toEqual({ kind: 'applied', state: 'cancelled' });
    const [open] =
      await database.owner`select count(*) as open from orders.discrepancies where resolved_at is null`;
    expect(open).toEqual({ open: 0 });
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('a payment that comes after part of it was sold waits for the first article before it holds the last', async () => {
    const [first, last] = ['PART0001', 'PART0002'] as const;
    for (const sku of [first, last]) await database.stock(sku, 1);
    const lines = [first, last].map((sku) => ({ sku, quantity: 1, unit_price_minor: 500 }));
    const late = await orders.place(submission({ lines }));
    if (late.kind !== 'placed') throw new Error(late.kind);
    await database.owner`update orders.reservations set expires_at = now() - interval '1 second' where sku = ${last}`;
    await placed(last);
    const { paying } = await database.owner.begin(async (tx) => {
      await tx`select from orders.stock where sku = ${first} for no key update`;
      const event = paymentEventOf(late.attempt.id, 'payment.authorized');
      const paying = orders.event(late.order_id, event);
      await vi.waitFor(async () =>
        expect(
          await database.owner`
            select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        ).toHaveLength(1),
      );
      // A buyer of both who has the first is let through to the last.
      await tx`select from orders.stock where sku = ${last} for no key update nowait`;
      return { paying };
    });
    expect(await paying).toEqual({ kind: 'applied', state: 'cancelled' });
    expect([await stockOf(first), await stockOf(last)]).toMatchObject([{ reserved: 0 }, { reserved: 1 }]);
    expect(await brokenBooks(database.owner)).toEqual({});
  });
});

/** Somebody buys while all that is reserved of the SKU is being given back; that is committed once they wait for the row. */
async function buyWhileGivenBack(sku: string) {
  const { buying } = await database.owner.begin(async (tx) => {
    await tx`update orders.reservations set status = 'voided' where sku = ${sku} and status = 'active'`;
    await tx`update orders.stock set reserved = 0 where sku = ${sku}`;
    const buying = Promise.allSettled([orders.place(submission({ sku }))]);
    const waits = () => database.owner`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await waits()).length === 0);
    return { buying };
  });
  return (await buying)[0]!;
}

describe('the last line of defence', () => {
  test('refuses nobody what was given back while they waited; without its trigger it would', async () => {
    await database.stock('BACK0001', 1);
    await orders.place(submission({ sku: 'BACK0001' }));
    expect(await buyWhileGivenBack('BACK0001')).toMatchObject({ value: { kind: 'placed' } });
    expect(await brokenBooks(database.owner)).toEqual({});
    await database.owner`drop trigger row_as_it_is on orders.stock`;
    const twin = await buyWhileGivenBack('BACK0001');
    expect(twin).toMatchObject({ reason: { message: expect.stringMatching('500') } });
  });

  test('a sale past the shelf is refused by the constraint, and seen by the count when the constraint is gone', async () => {
    await database.stock('OVER0001', 1);
    const oversell = () => database.owner`update orders.stock set reserved = 2 where sku = 'OVER0001'`;
    await expect(oversell()).rejects.toThrow('never_oversold');
    await database.owner`alter table orders.stock drop constraint never_oversold`;
    await oversell();
    expect(await brokenBooks(database.owner)).toEqual({ oversold: 1, drifted: 1 });
  });
});
