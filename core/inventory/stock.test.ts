// Stock that moves without being sold: transfers, a merchant's settings, and sums that are checked and put right.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../db/client.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { serviceTokenHeader } from '../http/service-token.ts';
import { brokenBooks, ordersInstance, submission, type TestOrders } from '../orders/test-orders.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { readDrift, repairDrift } from './drift.ts';

let server: TestServer;
let database: TestDatabase;
let orders: TestOrders;
let workers: Database;
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  orders = ordersInstance(database);
  workers = database.open('workers');
});
afterAll(() => server.stop());

/** Every test has an article of its own: ten at London, none elsewhere. */
let sku = 'TEST0000';
let count = 0;
beforeEach(async () => {
  sku = `TEST${String(++count).padStart(4, '0')}`;
  await database.stock(sku, 10);
});
const ask = async (path: string, body: unknown = {}, method = 'POST') => {
  const headers = { [serviceTokenHeader]: 'token-of-the-tests' };
  const told = await orders.app.request(path, { method, headers, body: JSON.stringify(body) });
  const { kind, status, type } = (await told.json()) as Record<string, string>;
  return {
    status: told.status,
    is: status !== undefined && type === undefined ? status : (kind ?? type!.split(':').at(-1)),
  };
};
const plan = (quantity: number, more: object = {}) =>
  ask('/internal/v1/transfers', { id: `t-${sku}`, origin: 'LON-1', dest: 'MAN-1', sku, quantity, ...more });
const step = (name: string) => ask(`/internal/v1/transfers/t-${sku}/${name}`);
const settings = (body: object, location = 'LON-1') =>
  ask(`/internal/v1/stock/${sku}/${location}`, body, 'PUT');
const buy = async (quantity: number) => (await orders.place(submission({ sku, quantity }))).kind;
/** On the shelf, reserved, on its way in: by location. */
const shelves = async () =>
  Object.fromEntries(
    (
      await database.owner`select location_id, on_hand, reserved, in_transit_in from orders.stock where sku = ${sku}`
    ).map((row) => [row.location_id, [row.on_hand, row.reserved, row.in_transit_in]]),
  );
const atp = async () => ((await (await orders.app.request(`/v1/atp/${sku}`)).json()) as { atp: number }).atp;
const whole = async () => {
  expect(await readDrift(workers)).toEqual([]);
  expect(await brokenBooks(database.owner)).toEqual({});
};

describe('a transfer', () => {
  test('leaves one shelf, is on its way, and is on the other when it is received', async () => {
    expect(await plan(4)).toEqual({ status: 200, is: 'planned' });
    expect(await shelves()).toEqual({ 'LON-1': [10, 0, 0], 'MAN-1': [0, 0, 0] });
    expect(await step('dispatch')).toEqual({ status: 200, is: 'in_transit' });
    expect(await shelves()).toEqual({ 'LON-1': [6, 0, 0], 'MAN-1': [0, 0, 4] });
    await whole();
    expect([await atp(), await buy(7)]).toEqual([10, 'sold_out']);
    expect(await step('receive')).toEqual({ status: 200, is: 'received' });
    expect(await shelves()).toEqual({ 'LON-1': [6, 0, 0], 'MAN-1': [4, 0, 0] });
    await whole();
  });

  test('planned again, by whoever did not hear the answer, is where it is by then', async () => {
    await plan(4);
    expect(await plan(4)).toEqual({ status: 200, is: 'planned' });
    await step('dispatch');
    expect(await plan(4)).toEqual({ status: 200, is: 'in_transit' });
    await step('receive');
    expect(await plan(4)).toEqual({ status: 200, is: 'received' });
  });

  test('called back on its way is where it was', async () => {
    await plan(4);
    await step('dispatch');
    expect(await step('cancel')).toEqual({ status: 200, is: 'cancelled' });
    expect(await shelves()).toEqual({ 'LON-1': [10, 0, 0], 'MAN-1': [0, 0, 0] });
    expect(await step('receive')).toEqual({ status: 409, is: 'not_now' });
    await whole();
  });

  test('asked for ten times at once, at every step, moves once', async () => {
    const tenTimes = async (work: () => Promise<{ status: number }>) =>
      new Set((await Promise.all(Array.from({ length: 10 }, work))).map(({ status }) => status));
    expect(await tenTimes(() => plan(4))).toEqual(new Set([200]));
    expect(await tenTimes(() => step('dispatch'))).toEqual(new Set([200]));
    expect(await tenTimes(() => step('receive'))).toEqual(new Set([200]));
    expect(await shelves()).toEqual({ 'LON-1': [6, 0, 0], 'MAN-1': [4, 0, 0] });
    const [moves] =
      await database.owner`select count(*)::int as n from orders.stock_movements where sku = ${sku}`;
    expect(moves!.n).toBe(2);
    await whole();
  });

  test('takes nothing that a buyer was promised, whoever comes first', async () => {
    await buy(7);
    await plan(4);
    expect(await step('dispatch')).toEqual({ status: 409, is: 'not_enough' });
    expect(await shelves()).toEqual({ 'LON-1': [10, 7, 0], 'MAN-1': [0, 0, 0] });
    expect(await step('receive')).toEqual({ status: 409, is: 'not_now' });
    expect(await step('cancel')).toEqual({ status: 200, is: 'cancelled' });
  });

  test('and buyers at the same moment never get the same piece', async () => {
    await plan(6);
    const [moved, ...sold] = await Promise.all([
      step('dispatch'),
      ...Array.from({ length: 12 }, () => buy(1)),
    ]);
    const placed = sold.filter((kind) => kind === 'placed').length;
    expect(placed).toBe(moved.status === 200 ? 4 : 10);
    await whole();
  });

  test.each([
    ['between a location and itself', () => plan(1, { dest: 'LON-1' }), 422, 'invalid'],
    ['of what no location has', () => plan(1, { sku: 'NONE0001' }), 404, 'no_such_stock'],
    ['under the name of another', async () => [await plan(1), await plan(2)][1]!, 422, 'other_transfer'],
    ['that nobody planned', () => step('dispatch'), 404, 'no_such_transfer'],
    ['by a step that is none', () => step('explode'), 404, 'no_such_step'],
  ])('%s is refused', async (_, work, status, is) => {
    expect(await work()).toEqual({ status, is });
  });
});

describe('what a merchant decides', () => {
  test('safety stock is not sold, and is sold once it is no longer kept', async () => {
    expect(await settings({ safety_stock: 8 })).toEqual({ status: 200, is: 'changed' });
    expect([await atp(), await buy(3)]).toEqual([2, 'sold_out']);
    await settings({ safety_stock: 0 });
    expect(await buy(3)).toBe('placed');
  });

  test('what is on its way is sold where that was decided, and cannot be undecided once it was', async () => {
    await plan(10);
    await step('dispatch');
    expect(await buy(1)).toBe('sold_out');
    await settings({ sell_in_transit: true }, 'MAN-1');
    expect(await buy(4)).toBe('placed');
    expect(await settings({ sell_in_transit: false }, 'MAN-1')).toEqual({
      status: 409,
      is: 'sold_in_transit',
    });
    expect(await step('cancel')).toEqual({ status: 409, is: 'not_enough' });
    await step('receive');
    expect(await settings({ sell_in_transit: false }, 'MAN-1')).toEqual({ status: 200, is: 'changed' });
    await whole();
  });

  test('of an article or a location that is not there is refused', async () => {
    expect(await settings({ safety_stock: 1 }, 'NYC-1')).toEqual({ status: 404, is: 'no_such_stock' });
  });
});

describe('sums that drifted', () => {
  const plant = (change: string, where = sku) =>
    database.owner.unsafe(
      `update orders.stock set ${change} where sku = '${where}' and location_id = 'LON-1'`,
    );

  test.each([
    ['reserved', 'reserved = reserved + 2'],
    ['in_transit_out', 'in_transit_out = in_transit_out + 2'],
    ['in_transit_in', 'in_transit_in = in_transit_in + 2'],
  ])(
    '%s is seen, put right while buyers go on, and counted; without drift nothing is',
    async (column, change) => {
      await buy(1);
      const instruments = createInstruments('workers');
      expect(await repairDrift(workers, instruments)).toEqual([]);
      await plant(change);
      const none = { reserved: 0, in_transit_out: 0, in_transit_in: 0 };
      const drift = [{ sku, location_id: 'LON-1', ...none, [column]: 2 }];
      expect(await readDrift(workers)).toEqual(drift);
      const [repaired, again] = await Promise.all([
        repairDrift(workers, instruments),
        repairDrift(database.open('workers', 2), createInstruments('workers')),
        ...Array.from({ length: 5 }, () => buy(1)),
      ]);
      expect([...repaired, ...again]).toEqual(drift);
      expect((await shelves())['LON-1']).toEqual([10, 6, 0]);
      await whole();
      const { body } = await instruments.expose();
      if (repaired.length > 0) expect(body).toContain(`inventory_drift_repaired_total{column="${column}"} 1`);
    },
  );

  test('a row that would be oversold if it were put right is left to a person', async () => {
    await buy(3);
    await plant('reserved = 0');
    await plant('on_hand = 2');
    expect(await repairDrift(workers, createInstruments('workers'))).toEqual([]);
    expect(await readDrift(workers)).toHaveLength(1);
    await plant('on_hand = 10');
    expect(await repairDrift(workers, createInstruments('workers'))).toHaveLength(1);
    await whole();
  });
});

test('what lapsed is not promised away in what is shown, though nobody has swept yet', async () => {
  await buy(4);
  expect(await atp()).toBe(6);
  await database.owner`update orders.reservations set expires_at = now() - interval '1 second' where sku = ${sku}`;
  expect(await atp()).toBe(10);
});
