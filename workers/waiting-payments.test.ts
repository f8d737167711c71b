// Payments that wait for somebody, seen by the workers: who comes back, who never does, and callers that died.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StartPaymentAnswer } from '../core/contracts/orders-api.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../core/db/test-database.ts';
import { brokenBooks, paymentEventOf } from '../core/orders/test-orders.ts';
import { startTestLab, type TestLab } from './test-parts.ts';
import { type Placed, type TestShop, testShop } from './test-shop.ts';
import { createWaitingPayments } from './waiting-payments.ts';

let server: TestServer;
let database: TestDatabase;
let lab: TestLab;
let shop: TestShop;
let pass: () => Promise<void>;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  database = await server.fresh();
  shop = await testShop(database, { lab });
  pass = createWaitingPayments(shop);
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.stop()]);
});

/** An order whose buyer was sent to the provider, and the provider's page. */
async function waiting(): Promise<Placed & { readonly page: string }> {
  const placed = await shop.place();
  const { attemptId: reference, orderId: order, amountMinor: amount_minor } = placed;
  const response = await fetch(`http://127.0.0.1:${lab.ports['psp-primary']}/v1/authorizations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'Idempotency-Key': reference },
    body: JSON.stringify({
      reference,
      order,
      amount_minor,
      currency: 'GBP',
      method: 'bnpl',
      token: 'tok_ok_1',
    }),
  });
  expect(response.status).toBe(202);
  const { redirect_url } = (await response.json()) as { redirect_url: string };
  await shop.orders.event(order, paymentEventOf(reference, 'payment.action_required'));
  return { ...placed, page: redirect_url };
}
async function startPayment(orderId: string, key: string): Promise<StartPaymentAnswer> {
  const response = await shop.orders.post(`/internal/v1/orders/${orderId}/payments`, {
    idempotency: { key, scope: `POST /v1/payments ${orderId}`, fingerprint: 'f'.repeat(64) },
    method: 'card',
    provider: 'psp-primary',
  });
  return (await response.json()) as StartPaymentAnswer;
}
const keyOf = async (orderId: string, key: string) =>
  (
    await database.owner`
      select recovery_point, status from orders.idempotency_keys where order_id = ${orderId} and key = ${key}`
  )[0];
const ageKeys = (orderId: string) =>
  database.owner`update orders.idempotency_keys set locked_at = now() - interval '1 hour' where order_id = ${orderId}`;
const charges = async (orderId: string) => {
  const { charges: all } = (await lab.books('psp-primary')) as {
    charges: { order: string; status: string }[];
  };
  return all.filter(({ order }) => order === orderId).map(({ status }) => status);
};

describe('a buyer who was sent to the provider', () => {
  test('and agreed there without coming back gets their order', async () => {
    const placed = await waiting();
    await pass();
    expect(await shop.stateOf(placed.orderId)).toBe('pending_payment');
    await fetch(`${placed.page}?agree=yes`);
    await pass();
    expect(await shop.stateOf(placed.orderId)).toBe('authorized');
  });

  test('and said no may still pay in another way, until the hold lapses', async () => {
    const placed = await waiting();
    await fetch(`${placed.page}?agree=no`);
    await pass();
    expect(await shop.stateOf(placed.orderId)).toBe('pending_payment');
    await database.owner`update orders.orders set created_at = now() - interval '1 hour' where public_id = ${placed.orderId}`;
    await pass();
    expect(await shop.stateOf(placed.orderId)).toBe('cancelled');
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('and never said anything is given up when the hold lapses: nothing can be charged any more', async () => {
    const placed = await waiting();
    await shop.age(placed.orderId, 3_600);
    await database.owner`update orders.orders set created_at = now() - interval '1 hour' where public_id = ${placed.orderId}`;
    // Two workers at once.
    await Promise.all([pass(), createWaitingPayments(shop)()]);
    await pass();
    expect(await shop.stateOf(placed.orderId)).toBe('cancelled');
    await fetch(`${placed.page}?agree=yes`);
    expect(await charges(placed.orderId)).toEqual(['voided']);
    const [event] = await database.owner`
      select count(*)::int as n from orders.outbox where order_id = ${placed.orderId} and type = 'order.cancelled'`;
    expect(event!.n).toBe(1);
    expect(await brokenBooks(database.owner)).toEqual({});
  });
});

describe('a key whose caller died', () => {
  test('is completed once the payment it waits for has ended', async () => {
    const placed = await waiting();
    await fetch(`${placed.page}?agree=no`);
    await pass();
    const key = randomBytes(8).toString('hex');
    const started = await startPayment(placed.orderId, key);
    expect(started.kind).toBe('started');
    await ageKeys(placed.orderId);
    await pass();
    // Undecided: the key waits with its attempt.
    expect(await keyOf(placed.orderId, key)).toEqual({ recovery_point: 'placed', status: null });
    if (started.kind !== 'started') throw new Error(started.kind);
    await shop.orders.event(placed.orderId, paymentEventOf(started.attempt.id, 'payment.authorized'));
    expect(await keyOf(placed.orderId, key)).toEqual({ recovery_point: 'finished', status: 201 });
  });

  test('is answered by its order when its own answer was never stored', async () => {
    const sold = await shop.sell();
    await database.owner`update orders.idempotency_keys set recovery_point = 'placed', status = null, body = null
      where order_id = ${sold.orderId}`;
    await ageKeys(sold.orderId);
    await pass();
    const [row] = await database.owner`
      select recovery_point, status, body from orders.idempotency_keys where order_id = ${sold.orderId}`;
    expect(row).toMatchObject({ recovery_point: 'finished', status: 201, body: { state: 'authorized' } });
  });

  test('is released when another key took its payment over', async () => {
    const placed = await waiting();
    await database.owner`insert into orders.idempotency_keys (scope, key, fingerprint, recovery_point, order_id, locked_at)
      values ('POST /v1/payments x', 'overtaken', ${'f'.repeat(64)}, 'placed', ${placed.orderId}, now() - interval '1 hour')`;
    await pass();
    expect(await keyOf(placed.orderId, 'overtaken')).toBeUndefined();
  });

  test('is not touched while its caller may still be at work', async () => {
    const placed = await shop.place();
    await pass();
    const [row] = await database.owner`
      select recovery_point from orders.idempotency_keys where order_id = ${placed.orderId}`;
    expect(row).toEqual({ recovery_point: 'placed' });
  });
});

test('the gauges say what the ledger and the labels say', async () => {
  const sold = await shop.sell();
  await database.owner`
    insert into orders.payment_ledger (order_id, attempt_id, kind, amount_minor, currency, operation_id)
    values (${sold.orderId}, ${sold.attemptId}, 'charged_back', ${sold.amountMinor}, 'GBP', 'dispute-1')`;
  await database.owner`insert into orders.fraud_reviews (order_id, score) values (${sold.orderId}, 60)`;
  await database.owner`insert into orders.fraud_labels (subject, label, labelled_by) values (${sold.orderId}, 'legitimate', 'Ada')`;
  await pass();
  expect(await shop.metric('chargeback_budget_used_ratio')).toBe(sold.amountMinor / 500_000);
  expect(await shop.metric('chargebacks_this_month')).toBe(1);
  expect(await shop.metric('fraud_reviews_open')).toBe(1);
  expect(await shop.metric('fraud_false_positive_ratio')).toBe(1);
});
