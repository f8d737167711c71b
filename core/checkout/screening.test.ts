// Fraud screening by the front door: what the buyer is told, what is looked at, and what it costs both ways.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { serviceTokenHeader } from '../http/service-token.ts';
import { ordersInstance, type TestOrders } from '../orders/test-orders.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { lamp, startTestShop, type TestShop, type Told } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
let orders: TestOrders;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab, { FRAUD_TIMEOUT_MS: '4000' });
  orders = ordersInstance(shop.database);
});
afterEach(() => lab.heal());
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close()]);
});

const problemOf = (told: Told) => String(told.body.type).split(':').at(-1);
const reviewOf = async (orderId: string) =>
  (await shop.database.owner`select state, score from orders.fraud_reviews where order_id = ${orderId}`)[0];
const rejections = () => shop.database.owner`select * from orders.fraud_rejections`;
async function internal(method: 'GET' | 'POST', path: string, body?: unknown) {
  const response = await orders.app.request(`/internal/v1/fraud/${path}`, {
    method,
    headers: { [serviceTokenHeader]: 'token-of-the-tests' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at by the test that asked.
  return { status: response.status, body: (await response.json()) as any };
}

test('a submission that is refused is told so and not why; nothing is placed, and a retry is noted once', async () => {
  const ready = await shop.ready();
  const key = randomUUID();
  const told = await shop.submit(ready, { key, token: 'tok_ok_stolen1' });
  expect([told.status, problemOf(told)]).toEqual([402, 'payment_refused']);
  expect(JSON.stringify(told.body)).not.toMatch(/fraud|risk|score|stolen|screen/i);
  const again = await shop.submit(ready, { key, token: 'tok_ok_stolen1' });
  expect([again.status, again.body.reference]).toEqual([402, told.body.reference]);
  expect((await rejections()).filter(({ reference }) => reference === told.body.reference)).toHaveLength(1);
  const made = await shop.database
    .owner`select count(*)::int as n from orders.orders where checkout_id = ${ready.cart.id}`;
  expect(made[0]!.n).toBe(0);
  // Another way to pay is taken.
  expect((await shop.submit(ready)).status).toBe(201);
});

test('an order that somebody should look at is placed like any other, with its review in the same commit', async () => {
  const told = await shop.submit(await shop.ready(), { token: 'tok_ok_risky1' });
  expect([told.status, told.body.state]).toEqual([201, 'authorized']);
  expect(await reviewOf(told.body.order_id)).toEqual({ state: 'open', score: 71 });
  const { body } = await internal('GET', 'reviews');
  expect(body.reviews).toContainEqual(
    expect.objectContaining({ order_id: told.body.order_id, order_state: 'authorized' }),
  );
});

test('one that is accepted goes on, one that is rejected is cancelled; the first word stands', async () => {
  const [good, bad] = [
    await shop.submit(await shop.ready(), { token: 'tok_ok_risky1' }),
    await shop.submit(await shop.ready(), { token: 'tok_ok_risky2' }),
  ];
  const say = (orderId: string, decision: string) =>
    internal('POST', `reviews/${orderId}`, { decision, by: 'Ada' });
  expect(await say(good!.body.order_id, 'accepted')).toMatchObject({
    status: 200,
    body: { state: 'accepted' },
  });
  const said = await Promise.all(Array.from({ length: 5 }, () => say(bad!.body.order_id, 'rejected')));
  expect(said.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  const late = await say(bad!.body.order_id, 'accepted');
  expect([late.status, late.body.type]).toEqual([409, 'urn:headroom:problem:review_decided']);
  const states = await Promise.all(
    [good, bad].map(
      async (told) => (await shop.request('GET', `/v1/orders/${told!.body.order_id}`)).body.state,
    ),
  );
  expect(states).toEqual(['authorized', 'cancelled']);
  expect((await say('ord_nobody', 'accepted')).status).toBe(404);
});

test('while screening is away a small order is taken and a large one is looked at', async () => {
  await lab.fault('fraud', 'screen', 'error');
  const small = await shop.submit(await shop.ready());
  const large = await shop.submit(await shop.ready([{ sku: lamp.sku, quantity: 50 }]));
  expect([small.status, large.status]).toEqual([201, 201]);
  expect(await reviewOf(small.body.order_id)).toBeUndefined();
  expect(await reviewOf(large.body.order_id)).toEqual({ state: 'open', score: null });
  expect(await shop.metric('fraud_screenings_total{decision="review",source="policy"}')).toBe(1);
});

test('the summary tells chargebacks against their budget and how many of the stopped buyers were honest', async () => {
  const { owner } = shop.database;
  const before = (await internal('GET', 'summary')).body;
  expect(before.chargebacks).toEqual([]);
  const { rejected, reviewed } = before.screening;
  const honest = await shop.submit(await shop.ready(), { token: 'tok_ok_stolen9' });
  const thief = await shop.submit(await shop.ready(), { token: 'tok_ok_risky9' });
  const label = (subject: string, what: string) =>
    internal('POST', 'labels', { subject, label: what, by: 'Ada' });
  expect((await label(honest.body.reference, 'fraud')).status).toBe(200);
  // More is known later: the last word counts.
  expect((await label(honest.body.reference, 'legitimate')).status).toBe(200);
  expect((await label(thief.body.order_id, 'fraud')).status).toBe(200);
  expect((await label('ord_nobody', 'fraud')).status).toBe(404);

  const lost = await shop.submit(await shop.ready());
  const [attempt] = await owner`
    select id, amount_minor from orders.payment_attempts where order_id = ${lost.body.order_id}`;
  const book = (kind: string, dispute: string, monthsAgo = 0) => owner`
    insert into orders.payment_ledger (order_id, attempt_id, kind, amount_minor, currency, operation_id, created_at)
    values (${lost.body.order_id}, ${attempt!.id}, ${kind}, ${attempt!.amount_minor}, 'GBP', ${dispute},
      now() - ${monthsAgo} * interval '1 month')`;
  await book('charged_back', 'dispute-1');
  // Won on appeal: one of this month, and one that was not lost in it.
  await book('charged_back', 'dispute-2');
  await book('chargeback_reversed', 'dispute-2');
  await book('charged_back', 'dispute-3', 1);
  await book('chargeback_reversed', 'dispute-3');
  const after = (await internal('GET', 'summary')).body;
  expect(after.screening).toEqual({
    rejected: rejected + 1,
    reviewed: reviewed + 1,
    judged: 2,
    legitimate: 1,
    false_positive_ratio: 0.5,
  });
  expect(after.chargebacks).toEqual([
    {
      currency: 'GBP',
      count: 1,
      amount_minor: attempt!.amount_minor,
      budget_minor: 500_000,
      used_ratio: attempt!.amount_minor / 500_000,
    },
  ]);
});

test('a token that pays for a waiting order is screened too', async () => {
  const { cart, quote } = await shop.ready();
  const waiting = await shop.request(
    'POST',
    '/v1/orders',
    { cart_id: cart.id, quote_id: quote.id, payment: { method: 'bnpl', token: 'tok_ok_1' } },
    { 'idempotency-key': randomUUID() },
  );
  const pay = (token: string) =>
    shop.request(
      'POST',
      '/v1/payments',
      { order_id: waiting.body.order_id, payment: { method: 'card', token } },
      { 'idempotency-key': randomUUID() },
    );
  const refused = await pay('tok_ok_stolen1');
  expect([refused.status, problemOf(refused)]).toEqual([402, 'payment_refused']);
  expect((await pay('tok_ok_risky1')).status).toBe(201);
  expect(await reviewOf(waiting.body.order_id)).toEqual({ state: 'open', score: 71 });
});

describe('a submission that was taken while screening was away, whose process died', () => {
  /** As it left it: placed, its deadline over, and the provider called or not. */
  async function abandoned(key: string, charged: boolean) {
    const ready = await shop.ready();
    await lab.fault('fraud', 'screen', 'error');
    await lab.fault('psp-primary', 'authorize', charged ? 'after' : 'error', 50);
    const token = 'tok_ok_stolen5';
    expect((await shop.submit(ready, { key, token })).status).toBe(202);
    await lab.heal();
    const { owner } = shop.database;
    await owner`delete from orders.order_events where type = 'payment.unknown'`;
    await owner`update orders.payment_attempts set state = 'started', resolved_at = null where state = 'unknown'`;
    await owner`update orders.idempotency_keys set recovery_point = 'placed', status = null, body = null,
      locked_at = now() - interval '1 hour' where key = ${key}`;
    return { again: () => shop.submit(ready, { key, token }), cartId: ready.cart.id };
  }
  const chargesOf = async (cartId: string) => {
    const [order] = await shop.database.owner<{ public_id: string }[]>`
      select public_id from orders.orders where checkout_id = ${cartId}`;
    const charges = await Promise.all([lab.charges('psp-primary'), lab.charges('psp-backup')]);
    return {
      orderId: order!.public_id,
      charges: charges.flat().filter((charge) => charge.order === order!.public_id),
    };
  };

  test('is not charged by a retry that screening refuses: what ran is asked about, and a person looks at it', async () => {
    const { again, cartId } = await abandoned('never-reached-its-provider', false);
    const told = await again();
    expect([told.status, told.body.state]).toEqual([202, 'pending_payment']);
    const { orderId, charges } = await chargesOf(cartId);
    expect(charges).toEqual([]);
    expect(await reviewOf(orderId)).toEqual({ state: 'open', score: 97 });
    const attempts = await shop.database.owner`
      select state, reason from orders.payment_attempts where order_id = ${orderId}`;
    expect(attempts).toEqual([{ state: 'unknown', reason: 'refused_since' }]);
  });

  test('and that was charged is not captured before a person has looked at it', async () => {
    const { again, cartId } = await abandoned('charged-before-it-died', true);
    expect((await again()).status).toBe(202);
    const { orderId, charges } = await chargesOf(cartId);
    expect(charges).toHaveLength(1);
    expect(await reviewOf(orderId)).toEqual({ state: 'open', score: 97 });
  });
});
