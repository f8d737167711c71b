// One article everybody wants: placements share commits, and no sale is made or lost by it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { brokenBooks, ordersInstance, submission } from '../orders/test-orders.ts';

let server: TestServer;
let database: TestDatabase;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await server.fresh();
});

const hot = 'HOTT0001';
const kinds = (answers: readonly { readonly kind: string }[]) =>
  Object.fromEntries(
    [...new Set(answers.map(({ kind }) => kind))].map((kind) => [
      kind,
      answers.filter((one) => one.kind === kind).length,
    ]),
  );

/** How many transactions wrote orders: the rows of one commit share it. */
const commits = async () => {
  const [row] = await database.owner<
    { n: number }[]
  >`select count(distinct xmin::text)::int as n from orders.orders`;
  return row!.n;
};

describe('2,000 buyers over two instances for 100 units', () => {
  for (const max of [64, 1])
    test(`${max === 1 ? 'one by one' : 'together'}: exactly 100 orders, the rest are told that it is sold out`, async () => {
      await database.stock(hot, 100);
      const shops = [1, 2].map(() => ordersInstance(database, { env: { PLACE_BATCH_MAX: String(max) } }));
      const buyers = max === 1 ? 150 : 2_000;
      const answers = await Promise.all(
        Array.from({ length: buyers }, (_, i) => shops[i % 2]!.place(submission({ sku: hot }))),
      );
      expect(kinds(answers)).toEqual({ placed: 100, sold_out: buyers - 100 });
      const [stock] = await database.owner`select on_hand, reserved from orders.stock`;
      expect(stock).toEqual({ on_hand: 100, reserved: 100 });
      expect(await brokenBooks(database.owner)).toEqual({});
      if (max === 1) expect(await commits()).toBe(100);
      else expect(await commits()).toBeLessThan(50);
    });
});

describe('in a batch', () => {
  test('buyers are served in order of arrival, and one who wants too much does not keep the next from what is left', async () => {
    await database.stock(hot, 10);
    const orders = ordersInstance(database);
    const wishes = [1, 4, 3, 9, 2];
    const answers = await Promise.all(
      wishes.map((quantity) => orders.place(submission({ sku: hot, quantity }))),
    );
    expect(answers.map(({ kind }) => kind)).toEqual(['placed', 'placed', 'placed', 'sold_out', 'placed']);
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('one that cannot be written fails alone', async () => {
    await database.stock(hot, 100);
    const orders = ordersInstance(database);
    // What no check of ours foresees: PostgreSQL's text takes no zero character, and refuses the statement that has one.
    const poisoned = { ...submission({ sku: hot }), shipping_method: 'stan\u0000dard' };
    const answers = await Promise.allSettled(
      [submission({ sku: hot }), submission({ sku: hot }), poisoned, submission({ sku: hot })].map((order) =>
        orders.place(order),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    const [row] = await database.owner`select count(*) as orders from orders.orders`;
    expect(row!.orders).toBe(3);
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('double clicks and second keys of one cart make one order among the others', async () => {
    await database.stock(hot, 1_000);
    const shops = [1, 2].map(() => ordersInstance(database));
    const orders = Array.from({ length: 60 }, (_, i) => {
      const cart = `cart_${i % 20}`;
      return i % 3 === 2
        ? submission({ sku: hot, checkout: cart })
        : submission({ sku: hot, checkout: cart, key: `key-${i % 20}` });
    });
    const answers = await Promise.all(orders.map((order, i) => shops[i % 2]!.place(order)));
    expect(kinds(answers).placed).toBe(20);
    const [row] =
      await database.owner`select count(*) as orders, (select reserved from orders.stock) as reserved from orders.orders`;
    expect(row).toEqual({ orders: 20, reserved: 20 });
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('carts that share the article and differ otherwise neither deadlock nor oversell', async () => {
    const others = ['OTHR0001', 'OTHR0002', 'OTHR0003'];
    await database.stock(hot, 60);
    for (const sku of others) await database.stock(sku, 20);
    const shops = [1, 2].map(() => ordersInstance(database));
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, i) => {
        const lines = [hot, others[i % 3]!].map((sku) => ({ sku, quantity: 1, unit_price_minor: 100 }));
        return shops[i % 2]!.place(submission({ lines: i % 2 ? lines : lines.reverse() }));
      }),
    );
    expect(kinds(answers)).toEqual({ placed: 60, sold_out: 60 });
    expect(await brokenBooks(database.owner)).toEqual({});
    const [seen] = await database.owner`select pg_stat_clear_snapshot(), deadlocks from pg_stat_database
      where datname = current_database()`;
    expect(seen!.deadlocks).toBe(0);
  });
});
