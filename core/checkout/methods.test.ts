// Each way to pay, where it is offered and by whom.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { brokenBooks } from '../orders/test-orders.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { address, mug, type Ready, startTestShop, type TestShop, type Told } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab);
});
afterEach(async () => {
  await lab.heal();
  expect(await brokenBooks(shop.database.owner)).toEqual({});
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close()]);
});

const problemOf = (told: Told) => String(told.body.type).split(':').at(-1);
const keyed = (path: string, body: object) =>
  shop.request('POST', path, body, { 'idempotency-key': randomUUID() });
const submit = ({ cart, quote }: Ready, method: string, token = 'tok_ok_1') =>
  keyed('/v1/orders', { cart_id: cart.id, quote_id: quote.id, payment: { method, token } });
const pay = (order_id: string, method: string, token = 'tok_ok_1') =>
  keyed('/v1/payments', { order_id, payment: { method, token } });

async function readyIn(country: string): Promise<Ready> {
  const cart = (await shop.request('POST', '/v1/carts', { market: country })).body;
  const at = `/v1/carts/${cart.id}`;
  await shop.request('POST', `${at}/lines`, { sku: mug.sku, quantity: 1 });
  await shop.request('PUT', `${at}/address`, { ...address, country });
  return { cart, quote: (await shop.request('POST', `${at}/quote`, { shipping_method: 'standard' })).body };
}
const attemptsOf = (orderId: string) =>
  shop.database.owner<{ id: string; provider: string; state: string }[]>`
    select id, provider, state from orders.payment_attempts where order_id = ${orderId} order by attempt_no`;

test.each(['card', 'wallet'])('a %s is approved, or declined', async (method) => {
  expect((await submit(await shop.ready(), method)).status).toBe(201);
  expect((await submit(await shop.ready(), method, 'tok_decline_1')).status).toBe(402);
});

test('a card and a wallet go to the other provider while the first takes no work', async () => {
  await lab.fault('psp-primary', 'authorize', 'before');
  for (const method of ['card', 'wallet']) {
    const told = await submit(await shop.ready(), method);
    expect(told.status).toBe(201);
    expect(await attemptsOf(told.body.order_id)).toMatchObject([
      { provider: 'psp-primary', state: 'not_executed' },
      { provider: 'psp-backup', state: 'approved' },
    ]);
  }
});

test('who gave up meanwhile is not charged at the other provider, and their order ends', async () => {
  await lab.fault('psp-primary', 'authorize', 'before');
  const others = await lab.charges('psp-backup');
  const { owner } = shop.database;
  // The wish to cancel is there before the first provider has answered.
  await owner`alter table orders.orders alter column cancel_requested_at set default now()`;
  const told = await submit(await shop.ready(), 'card');
  await owner`alter table orders.orders alter column cancel_requested_at drop default`;
  expect([told.status, problemOf(told)]).toEqual([503, 'payment_unavailable']);
  const [order] =
    await owner`select public_id, state from orders.orders where cancel_requested_at is not null`;
  expect(order!.state).toBe('cancelled');
  expect(await attemptsOf(order!.public_id)).toMatchObject([
    { provider: 'psp-primary', state: 'not_executed' },
  ]);
  expect(await lab.charges('psp-backup')).toEqual(others);
});

describe('buying now and paying later', () => {
  test('is with the lender of the country, who decides it too', async () => {
    const told = await submit(await readyIn('US'), 'bnpl');
    expect([told.status, told.body.state]).toEqual([202, 'pending_payment']);
    expect((await pay(told.body.order_id, 'bnpl')).status).toBe(201);
    expect(await attemptsOf(told.body.order_id)).toMatchObject([
      { provider: 'psp-backup', state: 'approved' },
    ]);
  });

  test('is refused where nobody lends, with what is offered there', async () => {
    const told = await submit(await readyIn('SE'), 'bnpl');
    expect([told.status, problemOf(told)]).toEqual([422, 'payment_method_unsupported']);
    expect(told.body.detail).toContain('card, wallet, gift_card');
  });

  test('has one lender: while they take no work nobody else is asked, and nothing is owed', async () => {
    const others = await lab.charges('psp-backup');
    await lab.fault('psp-primary', 'authorize', 'before');
    const told = await submit(await shop.ready(), 'bnpl');
    expect([told.status, problemOf(told)]).toEqual([503, 'payment_unavailable']);
    expect(await lab.charges('psp-backup')).toEqual(others);
  });
});

describe('a gift card', () => {
  test('pays while its balance lasts, is declined after that, and gets back what was voided', async () => {
    const ready = [await shop.ready(), await shop.ready()] as const;
    const token = `tok_gift_${ready[0].quote.total_minor + 1}Ann`;
    const first = await submit(ready[0], 'gift_card', token);
    expect(first.status).toBe(201);
    const second = await submit(ready[1], 'gift_card', token);
    expect([second.status, problemOf(second), second.body.detail]).toEqual([
      402,
      'declined',
      'insufficient_funds',
    ]);
    const [attempt] = await attemptsOf(first.body.order_id);
    const voided = await fetch(`${lab.url('psp-primary')}/v1/voids`, {
      method: 'POST',
      body: JSON.stringify({ reference: attempt!.id }),
    });
    expect(await voided.json()).toMatchObject({ voided: 1 });
    expect((await submit(ready[1], 'gift_card', token)).status).toBe(201);
  });

  test('spent twice at once by two carts pays for one of them', async () => {
    const ready = await Promise.all([shop.ready(), shop.ready()]);
    const token = `tok_gift_${ready[0]!.quote.total_minor}Bob`;
    const told = await Promise.all(ready.map((each) => submit(each, 'gift_card', token)));
    expect(told.map(({ status }) => status).sort()).toEqual([201, 402]);
  });

  test('a card token is no gift card', async () => {
    const told = await submit(await shop.ready(), 'gift_card', 'tok_ok_1');
    expect([told.status, told.body.detail]).toEqual([402, 'token_of_another_method']);
  });
});
