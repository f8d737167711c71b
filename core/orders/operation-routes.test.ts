import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OrderHistory } from '../contracts/order-operations.ts';
import type { OrderView } from '../contracts/orders-api.ts';
import type { Database } from '../db/client.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { applyOrderEvent } from './apply-order-event.ts';
import { eventsOf, type LifeOf } from './test-life.ts';
import { brokenBooks, ordersInstance, paymentEventOf, submission, type TestOrders } from './test-orders.ts';

let server: TestServer;
let database: TestDatabase;
let orders: TestOrders;
let db: Database;
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  orders = ordersInstance(database);
  db = database.open('orders', 2);
  await database.stock('AAAA1111', 1_000);
});
afterAll(() => server.stop());

/** A paid order that was told `events` of its life: 1 captured, 2 a parcel made, 3 the parcel handed over. */
async function orderAfter(events: number): Promise<LifeOf & { orderId: string }> {
  const answer = await orders.place(submission());
  if (answer.kind !== 'placed') throw new Error(answer.kind);
  const { order_id: orderId, attempt } = answer;
  await orders.event(orderId, paymentEventOf(attempt.id, 'payment.authorized'));
  const life: LifeOf = {
    attemptId: attempt.id,
    totalMinor: attempt.amount_minor,
    locations: [{ id: 'LON-1', sku: 'AAAA1111' }],
  };
  const told = eventsOf(life, { refunds: [], dispute: 'none', returned: false, cancelled: false });
  for (const event of told.slice(0, events))
    await applyOrderEvent(db, createInstruments('orders'), orderId, event);
  return { ...life, orderId };
}
async function ask(orderId: string, what: string, body: unknown, key?: string) {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const response = await orders.post(`/internal/v1/orders/${orderId}/${what}`, body, undefined, headers);
  const replayed = response.headers.get('idempotent-replayed') === 'true';
  return { status: response.status, replayed, body: (await response.json()) as Record<string, unknown> };
}
const get = async <T>(path: string): Promise<T> => {
  const response = await orders.app.request(path, {
    headers: { 'x-service-token': 'token-of-the-tests' },
  });
  expect(response.status).toBe(200);
  return (await response.json()) as T;
};

describe('asking for something to be done with an order', () => {
  test.each([
    ['cancel', { reason: 'changed_mind' }],
    ['refunds', { reason: 'goodwill' }],
    ['returns', { reason: 'too_small', lines: [] }],
  ])('%s needs a key and the service’s token, and an order that exists', async (what, body) => {
    const lines = [{ sku: 'AAAA1111', location_id: 'LON-1', quantity: 1, disposition: 'resell' }];
    const whole = 'lines' in body ? { ...body, lines } : body;
    expect((await ask('ord_none', what, whole)).body).toMatchObject({
      type: expect.stringMatching('key_missing'),
    });
    expect((await ask('ord_none', what, whole, 'k')).status).toBe(404);
    const stranger = await orders.post(`/internal/v1/orders/ord_none/${what}`, whole, 'a-stranger');
    expect(stranger.status).toBe(401);
    expect((await ask('ord_none', what, { ...whole, reason: 'Mr Smith, 1 High St' }, 'k')).status).toBe(422);
  });
});

describe('a refund', () => {
  test('in part, repeated under its key, is one refund; another body under the key is refused', async () => {
    const { orderId } = await orderAfter(3);
    const first = await ask(orderId, 'refunds', { amount_minor: 300, reason: 'goodwill' }, 'k');
    expect(first).toMatchObject({
      status: 202,
      replayed: false,
      body: { amount_minor: 300, state: 'requested' },
    });
    const again = await ask(orderId, 'refunds', { amount_minor: 300, reason: 'goodwill' }, 'k');
    expect(again).toMatchObject({ status: 202, replayed: true, body: first.body });
    const other = await ask(orderId, 'refunds', { amount_minor: 301, reason: 'goodwill' }, 'k');
    expect(other.status).toBe(422);
  });

  test('of more than is left, those under way included, is refused; without an amount it is what is left', async () => {
    const { orderId, totalMinor } = await orderAfter(3);
    const refund = (body: object, key: string) =>
      ask(orderId, 'refunds', { reason: 'goodwill', ...body }, key);
    expect((await refund({ amount_minor: totalMinor + 1 }, 'a')).status).toBe(409);
    expect((await refund({ amount_minor: 300 }, 'b')).status).toBe(202);
    expect((await refund({ amount_minor: totalMinor - 299 }, 'c')).status).toBe(409);
    expect((await refund({}, 'd')).body).toMatchObject({ amount_minor: totalMinor - 300 });
    expect((await refund({}, 'e')).status).toBe(409);
  });

  test('fifty at once never promise more than was taken', async () => {
    const { orderId, totalMinor } = await orderAfter(3);
    const third = Math.ceil(totalMinor / 3);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        ask(orderId, 'refunds', { amount_minor: third, reason: 'r' }, `k${i}`),
      ),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(2);
    const [row] = await database.owner<{ sum: number }[]>`
      select sum(amount_minor)::int as sum from orders.payment_operations where order_id = ${orderId} and kind = 'refund'`;
    expect(row!.sum).toBeLessThanOrEqual(totalMinor);
  });

  test('of an order whose money was not taken is refused', async () => {
    const { orderId } = await orderAfter(0);
    expect((await ask(orderId, 'refunds', { reason: 'goodwill' }, 'k')).status).toBe(409);
  });
});

describe('a return', () => {
  const lines = (quantity: number, disposition = 'resell') => [
    { sku: 'AAAA1111', location_id: 'LON-1', quantity, disposition },
  ];
  test('puts what can be sold again on the shelf, once; more than was sent is refused and leaves nothing waiting', async () => {
    const { orderId } = await orderAfter(3);
    const shelf = async () =>
      (await database.owner`select on_hand from orders.stock where sku = 'AAAA1111'`)[0]!.on_hand;
    const before = await shelf();
    const take = (quantity: number, key: string) =>
      ask(orderId, 'returns', { lines: lines(quantity), reason: 'too_small' }, key);
    expect((await take(2, 'a')).status).toBe(409);
    expect(await take(1, 'b')).toMatchObject({ status: 201, body: { state: 'returned' } });
    expect(await take(1, 'b')).toMatchObject({ status: 201, replayed: true });
    expect((await take(2, 'b')).status).toBe(422);
    expect((await take(1, 'c')).status).toBe(409);
    expect(await shelf()).toBe(before + 1);
    const history = await get<OrderHistory>(`/internal/v1/orders/${orderId}/history`);
    expect(history.waiting).toEqual([]);
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('at a place that does not keep the article is refused: nobody would count it', async () => {
    const { orderId } = await orderAfter(3);
    const elsewhere = lines(1).map((line) => ({ ...line, location_id: 'MUC-1' }));
    const answer = await ask(orderId, 'returns', { lines: elsewhere, reason: 'too_small' }, 'k');
    expect(answer).toMatchObject({ status: 422, body: { type: expect.stringMatching('not_kept_there') } });
    const kept = await ask(orderId, 'returns', { lines: lines(1), reason: 'too_small' }, 'k');
    expect(kept).toMatchObject({ status: 201, body: { state: 'returned' } });
  });
});

describe('cancelling', () => {
  test('an order of which something was sent is refused with what can be done instead', async () => {
    const { orderId } = await orderAfter(2);
    const answer = await ask(orderId, 'cancel', { reason: 'changed_mind' }, 'k');
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringMatching('returned') } });
  });

  test('an order whose money is with us is promised, and ends when it was given back', async () => {
    const { orderId } = await orderAfter(1);
    const answer = await ask(orderId, 'cancel', { reason: 'changed_mind' }, 'k');
    expect(answer).toMatchObject({ status: 202, body: { state: 'captured', cancelled: false } });
    expect((await ask(orderId, 'cancel', { reason: 'changed_mind' }, 'k')).status).toBe(202);
  });
});

describe('an order’s history', () => {
  test('tells the buyer what happened when, and the people of the shop everything but who the buyer is', async () => {
    const { orderId, attemptId } = await orderAfter(3);
    const view = await get<OrderView>(`/internal/v1/orders/${orderId}`);
    expect(Object.keys(view)).toEqual([
      'order_id',
      'state',
      'total_minor',
      'currency',
      'created_at',
      'history',
    ]);
    expect(view.created_at).toBe(new Date(view.created_at).toISOString());
    expect(view.history.map(({ event, from, to }) => `${from} ${event} ${to}`)).toEqual([
      'cart checkout.submitted pending_payment',
      'pending_payment payment.authorized authorized',
      'authorized payment.captured captured',
      'captured shipment.created partially_fulfilled',
      'partially_fulfilled shipment.completed fulfilled',
    ]);
    expect(JSON.stringify(view.history)).not.toContain(attemptId);
    const history = await get<OrderHistory>(`/internal/v1/orders/${orderId}/history`);
    expect(history).toMatchObject({
      state: 'fulfilled',
      money: { captured: 995, refunded: 0, currency: 'GBP' },
      parcels: [{ location_id: 'LON-1', status: 'delivered', lines: [{ sku: 'AAAA1111', quantity: 1 }] }],
    });
    expect(history.events[2]!.facts).toMatchObject({ attempt_id: attemptId, amount_minor: 995 });
    expect(JSON.stringify(history)).not.toMatch(/@|High Street/);
  });
});
