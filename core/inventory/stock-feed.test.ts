// A warehouse counts and tells: signed, once, in any order, and never against what buyers were promised.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StockFeed } from '../contracts/stock-api.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { webhookSignatureHeader } from '../http/webhook-signature.ts';
import { brokenBooks, ordersInstance, submission, type TestOrders } from '../orders/test-orders.ts';
import { oldestFeedSeconds } from './stock-feed.ts';

const secret = 'the-warehouse-and-we-know';
let server: TestServer;
let database: TestDatabase;
let orders: TestOrders;
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  orders = ordersInstance(database, {
    env: { STOCK_FEED_SECRET: secret, STOCK_FEED_STALE_AFTER_MS: '60000' },
  });
});
afterAll(() => server.stop());

/** Every test has a location of its own, with ten mugs. */
let location = 'LOC-0';
let locations = 0;
beforeEach(async () => {
  location = `LOC-${++locations}`;
  await database.owner`truncate orders.discrepancies, orders.stock_feeds`;
  await database.owner`update orders.stock set safety_stock = on_hand`;
  await database.stock('MUG00001', 10, location);
});

interface Sent {
  readonly secret?: string;
  readonly atSeconds?: number;
  readonly app?: TestOrders;
}
async function send(
  feed: object | string,
  { secret: by = secret, atSeconds = Date.now() / 1000, app = orders }: Sent = {},
) {
  const body = typeof feed === 'string' ? feed : JSON.stringify(feed);
  const seconds = String(Math.floor(atSeconds));
  const mac = createHmac('sha256', by).update(`${seconds}.${body}`).digest('hex');
  const headers = { [webhookSignatureHeader]: `t=${seconds},v1=${mac}` };
  const told = await app.app.request(`/v1/stock-feed/${location}`, { method: 'POST', headers, body });
  return { status: told.status, ...((await told.json()) as { kind?: string; shortfalls?: string[] }) };
}
const counted = (sequence: number, onHand: number, more: Partial<StockFeed> = {}): StockFeed => ({
  ...{ sequence, as_of_ms: Date.now(), levels: [{ sku: 'MUG00001', on_hand: onHand }] },
  ...more,
});
const onHand = async (sku = 'MUG00001') =>
  (await database.owner`select on_hand from orders.stock where location_id = ${location} and sku = ${sku}`)[0]
    ?.on_hand;
const buy = (quantity: number) => orders.place(submission({ sku: 'MUG00001', quantity }));
const open = () =>
  database.owner`select class, reference, detail from orders.discrepancies where resolved_at is null`;

describe('a count', () => {
  test('is what there is from then on, also of an article that is new there', async () => {
    const levels = [
      { sku: 'MUG00001', on_hand: 25 },
      { sku: 'NEWW0001', on_hand: 3 },
    ];
    expect(await send(counted(1, 0, { levels }))).toEqual({ status: 200, kind: 'taken', shortfalls: [] });
    expect([await onHand(), await onHand('NEWW0001')]).toEqual([25, 3]);
  });

  test('told again, or after a later one, changes nothing; twenty at once end as the last', async () => {
    await send(counted(5, 20));
    expect(await send(counted(5, 30))).toMatchObject({ kind: 'old' });
    expect(await send(counted(4, 40))).toMatchObject({ kind: 'old' });
    expect(await onHand()).toBe(20);
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => send(counted(6 + i, 100 + i))));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await onHand()).toBe(119);
  });

  test('of before a transfer left does not bring it back', async () => {
    const asOfMs = Date.now();
    const token = { 'x-service-token': 'token-of-the-tests' };
    const post = (path: string, body: object) =>
      orders.app.request(path, { method: 'POST', headers: token, body: JSON.stringify(body) });
    const transfer = { id: location, origin: location, dest: 'LON-1', sku: 'MUG00001', quantity: 4 };
    await post('/internal/v1/transfers', transfer);
    expect((await post(`/internal/v1/transfers/${location}/dispatch`, {})).status).toBe(200);
    await send(counted(1, 10, { as_of_ms: asOfMs - 1 }));
    expect(await onHand()).toBe(6);
    await send(counted(2, 6, { as_of_ms: Date.now() }));
    expect(await onHand()).toBe(6);
  });

  test('of less than was promised is noted and undercuts nobody, and healed when the goods are found', async () => {
    await buy(6);
    expect(await send(counted(1, 2))).toEqual({ status: 200, kind: 'taken', shortfalls: ['MUG00001'] });
    expect(await onHand()).toBe(6);
    expect(await open()).toEqual([
      { class: 'stock_feed_shortfall', reference: `${location}:MUG00001`, detail: '2 counted, 6 promised' },
    ]);
    expect((await buy(1)).kind).toBe('sold_out');
    expect(await brokenBooks(database.owner)).toEqual({});
    await send(counted(2, 9));
    expect([await onHand(), await open()]).toEqual([9, []]);
    // Lost once more: the same row opens again.
    await send(counted(3, 1));
    expect(await open()).toHaveLength(1);
  });

  test('between buyers who come at the same moment oversells nothing', async () => {
    const [, ...sold] = await Promise.all([send(counted(1, 5)), ...Array.from({ length: 12 }, () => buy(1))]);
    const placed = sold.filter((answer) => 'kind' in answer && answer.kind === 'placed').length;
    expect(placed).toBeLessThanOrEqual(10);
    expect(await onHand()).toBe(Math.max(5, placed));
    expect(await brokenBooks(database.owner)).toEqual({});
  });
});

describe('who is listened to', () => {
  test.each([
    ['by somebody else', { secret: 'somebody-else-entirely' }],
    ['six minutes ago', { atSeconds: Date.now() / 1000 - 360 }],
    ['in six minutes', { atSeconds: Date.now() / 1000 + 360 }],
  ])('a count signed %s is not taken', async (_, sent) => {
    expect((await send(counted(1, 99), sent)).status).toBe(401);
    expect(await onHand()).toBe(10);
  });

  test('without a secret nobody is: the feed says that it is not configured', async () => {
    expect((await send(counted(1, 99), { app: ordersInstance(database) })).status).toBe(503);
  });

  test.each([
    ['is not JSON', '{'],
    ['names a SKU twice', counted(1, 0, { levels: [1, 2].map((on_hand) => ({ sku: 'MUG00001', on_hand })) })],
    ['counts less than nothing', counted(1, -1)],
    ['says more than a count', { ...counted(1, 1), note: 'hello' }],
  ])('a count that %s is refused', async (_, feed) => {
    expect([400, 422]).toContain((await send(feed)).status);
    expect(await onHand()).toBe(10);
  });
});

test('how old what is shown may be is said with it, and the oldest count is measured', async () => {
  const db = database.open('workers', 2);
  expect(await oldestFeedSeconds(db)).toBe(0);
  const asOfMs = Date.now() - 120_000;
  await send(counted(1, 7, { as_of_ms: asOfMs }));
  const shown = (await (await orders.app.request('/v1/atp/MUG00001')).json()) as {
    locations: { location_id: string }[];
  };
  expect(shown.locations.find((one) => one.location_id === location)).toEqual({
    ...{ location_id: location, atp: 7, stale_after_s: 60 },
    as_of: new Date(asOfMs).toISOString(),
  });
  expect(shown.locations.filter((one) => one.location_id !== location)).toContainEqual(
    expect.objectContaining({ as_of: null }),
  );
  expect(await oldestFeedSeconds(db)).toBeGreaterThan(119);
  // A clock that is ahead does not make a count younger than it can be.
  await send(counted(2, 7, { as_of_ms: Date.now() + 3_600_000 }));
  expect(await oldestFeedSeconds(db)).toBeLessThan(119);
});
