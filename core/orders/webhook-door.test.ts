// The door for providers' webhooks: who is listened to, and what is answered to whom.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { ordersInstance, type TestOrders } from './test-orders.ts';
import { listening, placed, send, signatureOf, webhook } from './test-webhooks.ts';

let server: TestServer;
let database: TestDatabase;
let orders: TestOrders;
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  orders = ordersInstance(database, { env: listening });
  await database.stock('AAAA1111', 1_000_000);
});
afterAll(() => server.stop());

const stateOf = async (orderId: string) =>
  (await database.owner`select state from orders.orders where public_id = ${orderId}`)[0]!.state;

test('a wrong secret, another body, an old or a future time and no signature are 401 without a word on which', async () => {
  const order = await placed(orders);
  const text = JSON.stringify(webhook(order, 'authorization.approved'));
  const bad = [
    signatureOf(text, { key: 'some-other-secret-of-tests' }),
    signatureOf(`${text} `),
    signatureOf(text, { ageSeconds: 310 }),
    signatureOf(text, { ageSeconds: -310 }),
    signatureOf(text).replace('v1=', 'v0='),
    't=,v1=',
    '',
  ];
  for (const signature of bad) {
    const { status, answer } = await send(orders, text, { signature });
    expect(status).toBe(401);
    expect(answer).toEqual({
      type: 'urn:headroom:problem:bad_signature',
      title: 'This is not signed as it must be.',
      status: 401,
    });
  }
  expect(await stateOf(order.orderId)).toBe('pending_payment');
  expect(await orders.metrics()).toContain(
    `payment_webhooks_total{provider="psp-primary",result="bad_signature"} ${bad.length}`,
  );
  const rotating = `${signatureOf(text, { key: 'the-secret-of-yesterday' })},${signatureOf(text).split(',')[1]}`;
  expect(await send(orders, text, { signature: rotating })).toMatchObject({ status: 200, result: 'applied' });
});

test('a provider without a secret, and one we do not know, have no door', async () => {
  const body = webhook(await placed(orders), 'authorization.approved');
  expect((await send(orders, body, { provider: 'psp-backup' })).status).toBe(404);
  expect((await send(orders, body, { provider: 'psp-stranger' })).status).toBe(404);
  expect((await send(ordersInstance(database), body)).status).toBe(404);
});

test('what names nothing of ours is 200 and on record once, so that nobody tries for ever', async () => {
  const order = { orderId: 'ord_nobody', attemptId: 'pay_nobody_1', amount: 5 };
  const capture = webhook(order, 'capture.succeeded', { operation_id: 'cap_nobody' });
  for (const body of [capture, capture, webhook(order, 'authorization.approved')])
    expect((await send(orders, body)).status).toBe(200);
  expect(
    await database.owner`select reference, resolved_at from orders.discrepancies
      where class = 'webhook_unknown_reference'`,
  ).toEqual([{ reference: 'psp-primary pay_nobody_1', resolved_at: null }]);
  const other = await placed(orders);
  const mixed = webhook({ ...other, attemptId: (await placed(orders)).attemptId }, 'authorization.approved');
  expect(await send(orders, mixed)).toMatchObject({ status: 200, result: 'unknown_reference' });
});

test('a kind of event we have no use for is 200; what cannot be read, is too long or holds a card number is refused', async () => {
  const order = await placed(orders);
  expect(await send(orders, webhook(order, 'payout.paid'))).toMatchObject({ status: 200, result: 'ignored' });
  expect((await send(orders, '{"id":')).status).toBe(400);
  expect((await send(orders, webhook(order, 'capture.succeeded'))).status).toBe(422);
  expect(
    (await send(orders, { ...webhook(order, 'capture.succeeded'), padding: 'x'.repeat(20_000) })).status,
  ).toBe(413);
  const card = webhook(order, 'capture.succeeded', { operation_id: '4111111111111111' });
  const refused = await send(orders, card);
  expect(refused.status).toBe(422);
  expect(JSON.stringify(refused.answer)).not.toContain('4111');
});
