// A shopper's submission while the provider also tells by webhook: whoever is first, one order, one charge, one answer.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { startTestShop, type TestShop } from './test-shop.ts';

const secret = 'a-webhook-secret-of-tests';
let server: TestServer;
let lab: TestLab;
let shop: TestShop;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab, { PSP_PRIMARY_WEBHOOK_SECRET: secret });
  const response = await fetch(`${lab.url('control')}/webhooks/psp-primary`, {
    method: 'PUT',
    body: JSON.stringify({
      ...{ url: `${shop.ordersUrl}/v1/webhooks/psp-primary`, secret, events: ['authorization'] },
      ...{ before_answer: true, duplicate_share: 1 },
    }),
  });
  expect(response.status).toBe(200);
});
afterEach(() => lab.heal());
afterAll(async () => {
  await Promise.all([shop.close(), lab.close()]);
  await server.stop();
});

const charges = async (orderId: string) =>
  (await lab.charges('psp-primary')).filter(({ order }) => order === orderId);
const ledgerOf = (orderId: string) =>
  shop.database.owner`select kind from orders.payment_ledger where order_id = ${orderId}`;

test('told before the answer arrives: the shopper is told what they always are, also when they press again', async () => {
  const ready = await shop.ready();
  const key = randomUUID();
  const told = await shop.submit(ready, { key });
  expect([told.status, told.body.state]).toEqual([201, 'authorized']);
  expect((await shop.submit(ready, { key })).body).toEqual(told.body);
  expect(await charges(told.body.order_id)).toHaveLength(1);
  expect(await ledgerOf(told.body.order_id)).toEqual([{ kind: 'authorized' }]);
});

test('declined by webhook first: the shopper is told so, and may try another card', async () => {
  const ready = await shop.ready();
  const told = await shop.submit(ready, { token: 'tok_decline_1' });
  expect(told.status).toBe(402);
  expect((await shop.submit(ready)).status).toBe(201);
});

test('the answer is lost and the webhook is not: the shopper hears that the order is placed', async () => {
  const ready = await shop.ready();
  const key = randomUUID();
  await lab.fault('psp-primary', 'authorize', 'after', 50);
  const told = await shop.submit(ready, { key });
  expect([told.status, told.body.state]).toEqual([201, 'authorized']);
  await lab.heal();
  expect((await shop.submit(ready, { key })).body).toEqual(told.body);
  expect(await charges(told.body.order_id)).toHaveLength(1);
  expect(await ledgerOf(told.body.order_id)).toEqual([{ kind: 'authorized' }]);
});

/** An order that waits for its buyer to agree at the lender's page. */
async function waiting(): Promise<{ readonly id: string; readonly url: string }> {
  const { cart, quote } = await shop.ready();
  const body = { cart_id: cart.id, quote_id: quote.id, payment: { method: 'bnpl', token: 'tok_ok_1' } };
  const told = await shop.request('POST', '/v1/orders', body, { 'idempotency-key': randomUUID() });
  expect(told.status).toBe(202);
  return { id: told.body.order_id, url: told.body.next_action.url };
}
const pay = (order_id: string, payment: object) =>
  shop.request('POST', '/v1/payments', { order_id, payment }, { 'idempotency-key': randomUUID() });
const stateOf = async (orderId: string) =>
  (await shop.database.owner`select state from orders.orders where public_id = ${orderId}`)[0]!.state;

test('a buyer who agrees at the lender and never comes back has their order all the same', async () => {
  const { id, url } = await waiting();
  expect(await stateOf(id)).toBe('pending_payment');
  expect((await fetch(`${url}?agree=yes`)).status).toBe(200);
  await expect.poll(() => stateOf(id)).toBe('authorized');
  expect(await charges(id)).toHaveLength(1);
  // Who comes back after all is not charged again.
  expect((await pay(id, { method: 'bnpl', token: 'tok_ok_1' })).status).not.toBe(500);
  expect(await charges(id)).toHaveLength(1);
  expect(await ledgerOf(id)).toEqual([{ kind: 'authorized' }]);
});

test('a buyer who refuses at the lender may pay by card', async () => {
  const { id, url } = await waiting();
  await fetch(`${url}?agree=no`);
  expect((await pay(id, { method: 'card', token: 'tok_ok_1' })).status).toBe(201);
  expect(await stateOf(id)).toBe('authorized');
});
