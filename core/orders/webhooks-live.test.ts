// The lab's own webhooks over HTTP to a listening orders service: told before the answer, twice, backwards, after an
// outage of the shop, the orders end as the providers' books say.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { type Listening, listen } from '../http/serve.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { applyParked } from './apply-order-event.ts';
import { ordersInstance, paymentEventOf, submission, type TestOrders } from './test-orders.ts';

const secret = 'a-webhook-secret-of-tests';
const provider = 'psp-primary';
let server: TestServer;
let database: TestDatabase;
let lab: TestLab;
let orders: TestOrders;
let listening: Listening;
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  await database.stock('AAAA1111', 1_000);
  orders = ordersInstance(database, { env: { PSP_PRIMARY_WEBHOOK_SECRET: secret } });
  listening = await listen(orders.app, '127.0.0.1', 0);
  lab = await startTestLab();
});
afterEach(() => lab.heal());
afterAll(async () => {
  await lab.close();
  await listening.close();
  await server.stop();
});

async function ask(method: string, url: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, number | string>;
}
const subscribe = (more: object, port = listening.port) =>
  ask('PUT', `${lab.url('control')}/webhooks/${provider}`, {
    ...{ url: `http://127.0.0.1:${port}/v1/webhooks/${provider}`, secret },
    ...{ events: ['authorization', 'capture', 'refund', 'dispute'], ...more },
  });
const pending = async () => (await ask('GET', `${lab.url('control')}/webhooks/${provider}`)).pending;

async function placed() {
  const answer = await orders.place(submission());
  if (answer.kind !== 'placed') throw new Error(answer.kind);
  return { orderId: answer.order_id, attempt: answer.attempt };
}
type Placed = Awaited<ReturnType<typeof placed>>;
const authorize = ({ orderId, attempt }: Placed) =>
  lab.authorize(provider, { reference: attempt.id, order: orderId, amount_minor: attempt.amount_minor });
const operate = ({ attempt }: Placed, kind: 'captures' | 'refunds', amount_minor: number) =>
  ask(
    'POST',
    `${lab.url(provider)}/v1/${kind}`,
    { reference: attempt.id, amount_minor, currency: 'GBP' },
    { 'idempotency-key': `${kind}_${attempt.id}` },
  );
const dispute = ({ attempt }: Placed, kind: 'notice' | 'lost' | 'won') =>
  ask('POST', `${lab.url('control')}/disputes/${provider}`, { reference: attempt.id, kind });
async function endOf({ orderId }: Placed) {
  // Whoever comes past later tries what waited for something else.
  await applyParked(database.open('workers', 1), createInstruments('workers'), orderId);
  const [order] = await database.owner`select state from orders.orders where public_id = ${orderId}`;
  const ledger = await database.owner`
    select kind, amount_minor from orders.payment_ledger where order_id = ${orderId} order by kind`;
  return [order!.state, ...ledger.map((row) => `${row.kind} ${row.amount_minor}`)];
}

test('told before the answer of the call that caused it, and twice: authorised once', async () => {
  await subscribe({ before_answer: true, duplicate_share: 1 });
  const order = await placed();
  await authorize(order);
  const told = await database.owner<{ deliveries: number }[]>`
    select deliveries from orders.webhook_inbox where attempt_id = ${order.attempt.id} and handled_at is not null`;
  expect(told).toEqual([{ deliveries: 2 }]);
  const own = paymentEventOf(order.attempt.id, 'payment.authorized', { answer: { status: 201, body: {} } });
  expect(await orders.event(order.orderId, own)).toEqual({ kind: 'duplicate', state: 'authorized' });
  expect(await endOf(order)).toEqual(['authorized', `authorized ${order.attempt.amount_minor}`]);
});

test('capture, refund, a lost dispute and the authorisation itself told backwards end as if they had come in turn', async () => {
  await subscribe({ reorder: true, duplicate_share: 0.5 });
  const order = await placed();
  await authorize(order);
  await operate(order, 'captures', order.attempt.amount_minor);
  await operate(order, 'refunds', 100);
  await dispute(order, 'notice');
  await dispute(order, 'lost');
  await expect.poll(pending, { timeout: 15_000 }).toBe(0);
  expect(await endOf(order)).toEqual([
    'chargeback',
    `authorized ${order.attempt.amount_minor}`,
    `captured ${order.attempt.amount_minor}`,
    `charged_back ${order.attempt.amount_minor - 100}`,
    'refunded 100',
  ]);
  await dispute(order, 'won');
  await expect
    .poll(() => endOf(order), { timeout: 15_000 })
    .toEqual(
      expect.arrayContaining([
        'partially_refunded',
        `chargeback_reversed ${order.attempt.amount_minor - 100}`,
      ]),
    );
});

test('an answer that was cut off is told by webhook alone, when only such ones are subscribed to', async () => {
  await subscribe({ events: ['authorization_undelivered'] });
  const heard = await placed();
  await authorize(heard);
  await lab.fault(provider, 'authorize', 'after', 50);
  const cut = await placed();
  await expect(authorize(cut)).rejects.toThrow();
  await expect.poll(async () => (await endOf(cut))[0], { timeout: 15_000 }).toBe('authorized');
  expect((await endOf(heard))[0]).toBe('pending_payment');
});

test('a shop that is away is told again until it is back', async () => {
  const order = await placed();
  await authorize(order);
  await orders.event(order.orderId, paymentEventOf(order.attempt.id, 'payment.authorized'));
  const { port } = listening;
  await listening.close();
  await subscribe({}, port);
  await operate(order, 'captures', order.attempt.amount_minor);
  const tries = async () => (await ask('GET', `${lab.url('control')}/webhooks/${provider}`)).tries as number;
  const before = await tries();
  await expect.poll(tries, { timeout: 15_000 }).toBeGreaterThan(before + 1);
  listening = await listen(orders.app, '127.0.0.1', port);
  await expect.poll(async () => (await endOf(order))[0], { timeout: 15_000 }).toBe('captured');
});

test('a provider that signs with another secret changes nothing', async () => {
  await subscribe({ secret: 'not-the-secret-of-the-shop' });
  const order = await placed();
  await authorize(order);
  const refused = async () =>
    (await orders.metrics()).includes(
      'payment_webhooks_total{provider="psp-primary",result="bad_signature"} 0',
    );
  await expect.poll(refused, { timeout: 15_000 }).toBe(false);
  await ask('DELETE', `${lab.url('control')}/webhooks/${provider}`);
  expect((await endOf(order))[0]).toBe('pending_payment');
});
