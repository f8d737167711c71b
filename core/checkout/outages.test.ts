// Submitting an order while a provider, or the orders service, fails: what the shopper is told and what was charged.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { mug, startTestShop, type TestShop, type Told } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab);
});
afterEach(async () => {
  shop.mend();
  await lab.heal();
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close()]);
});

const problemOf = (told: Told) => String(told.body.type).split(':').at(-1);
/** Charges that stand, at whatever provider, for the orders of one cart. */
async function chargesFor(cartId: string) {
  const orders = await shop.database.owner<{ public_id: string }[]>`
    select public_id from orders.orders where checkout_id = ${cartId}`;
  const ids = new Set(orders.map((order) => order.public_id));
  const all = await Promise.all([lab.charges('psp-primary'), lab.charges('psp-backup')]);
  return all.flat().filter((charge) => ids.has(charge.order) && charge.status === 'approved');
}
async function stateOf(cartId: string) {
  const rows = await shop.database.owner<{ state: string }[]>`
    select state from orders.orders where checkout_id = ${cartId}`;
  return rows.map((row) => row.state);
}
describe('when a provider fails', () => {
  test('an answer lost after the charge becomes confirming, never a second charge', async () => {
    await lab.fault('psp-primary', 'authorize', 'after', 50);
    const ready = await shop.ready();
    const key = randomUUID();
    const told = await shop.submit(ready, { key });
    expect([told.status, told.body.state]).toEqual([202, 'pending_payment']);
    await lab.heal();
    expect((await shop.submit(ready, { key })).status).toBe(202);
    expect((await shop.submit(ready)).status).toBe(409);
    expect(await chargesFor(ready.cart.id)).toHaveLength(1);
    expect(await stateOf(ready.cart.id)).toEqual(['pending_payment']);
  });

  test('proven not executed goes to the backup, and the order holds both attempts', async () => {
    await lab.fault('psp-primary', 'authorize', 'before');
    const ready = await shop.ready();
    expect((await shop.submit(ready)).status).toBe(201);
    const attempts = await shop.database.owner<{ provider: string; state: string }[]>`
      select a.provider, a.state from orders.payment_attempts a join orders.orders o on o.public_id = a.order_id
      where o.checkout_id = ${ready.cart.id} order by a.attempt_no`;
    expect(attempts.map(({ provider, state }) => [provider, state])).toEqual([
      ['psp-primary', 'not_executed'],
      ['psp-backup', 'approved'],
    ]);
    expect(await chargesFor(ready.cart.id)).toHaveLength(1);
  });

  test('everywhere, nothing is charged, the stock is free again and the shopper may come back', async () => {
    const own = await startTestShop(server, lab);
    await lab.fault('psp-primary', 'authorize', 'before');
    await lab.fault('psp-backup', 'authorize', 'before');
    const ready = await own.ready();
    const told = await own.submit(ready);
    expect([told.status, problemOf(told)]).toEqual([503, 'payment_unavailable']);
    expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(0);
    const [stock] = await own.database.owner`select reserved from orders.stock where sku = ${mug.sku}`;
    expect(stock).toMatchObject({ reserved: 0 });
    await lab.heal();
    expect((await own.submit(ready)).status).toBe(201);
    await own.close();
  });

  test('and its breaker opens, new orders name the backup in their first attempt', async () => {
    const own = await startTestShop(server, lab);
    await lab.fault('psp-primary', 'authorize', 'error');
    for (let i = 0; i < 5; i++) expect((await own.submit(await own.ready())).status).toBe(202);
    const ready = await own.ready();
    expect((await own.submit(ready)).status).toBe(201);
    const attempts = await own.database.owner`
      select a.provider, a.attempt_no from orders.payment_attempts a
      join orders.orders o on o.public_id = a.order_id where o.checkout_id = ${ready.cart.id}`;
    expect(attempts).toMatchObject([{ provider: 'psp-backup', attempt_no: 1 }]);
    expect(await own.metric('payment_breaker_open{provider="psp-primary"}')).toBe(1);
    await own.close();
  });

  test('tax that cannot be had is said so, not guessed', async () => {
    const own = await startTestShop(server, lab);
    const ready = await own.ready();
    // Another basket than the one that was taxed a moment ago.
    await own.request('POST', `/v1/carts/${ready.cart.id}/lines`, { sku: mug.sku, quantity: 1 });
    await lab.fault('tax', 'quote', 'error');
    const told = await own.request('POST', `/v1/carts/${ready.cart.id}/quote`, {
      shipping_method: 'standard',
    });
    expect([told.status, problemOf(told)]).toEqual([503, 'tax_unavailable']);
    await own.close();
  });

  test('a request the carrier refuses is the shopper’s to change, and nobody else’s outage', async () => {
    const own = await startTestShop(server, lab);
    const ready = await own.ready();
    const quoteAt = async (grams: number) => {
      await own.database.owner`update checkout.cart_lines set weight_grams = ${grams}`;
      return own.request('POST', `/v1/carts/${ready.cart.id}/quote`, { shipping_method: 'standard' });
    };
    for (let i = 0; i < 6; i++) {
      const told = await quoteAt(20_000_000);
      expect([told.status, problemOf(told)]).toEqual([422, 'rates_refused']);
    }
    // Another weight band than the remembered one, so the carrier is asked.
    expect((await quoteAt(5_000)).status).toBe(201);
    await own.close();
  });
});

describe('when the orders service fails', () => {
  test('before the first commit, nothing is charged and the same key may be sent again', async () => {
    const ready = await shop.ready();
    const key = randomUUID();
    shop.cut('/internal/v1/orders', 'before');
    const told = await shop.submit(ready, { key });
    expect([told.status, problemOf(told)]).toEqual([503, 'unavailable']);
    shop.mend();
    expect((await shop.submit(ready, { key })).status).toBe(201);
    expect(await chargesFor(ready.cart.id)).toHaveLength(1);
  });

  test('when a charged submission is sent again, nobody says that nothing was charged or that it may be sent anew', async () => {
    const ready = await shop.ready();
    const key = randomUUID();
    expect((await shop.submit(ready, { key })).status).toBe(201);
    // What a new submission would be refused for.
    await shop.database.owner`update checkout.quotes set expires_at = now() where id = ${ready.quote.id}`;
    shop.cut('/internal/v1/orders', 'before');
    const told = await shop.submit(ready, { key });
    expect([told.status, problemOf(told)]).toEqual([503, 'unavailable']);
    expect(told.body.detail).toBe('This try charged nothing. Come back with the same Idempotency-Key.');
    shop.mend();
    expect((await shop.submit(ready, { key })).status).toBe(201);
  });

  test('after the charge, the shopper is told that it is being confirmed, and the charge is not lost', async () => {
    const ready = await shop.ready();
    shop.cut('/events', 'before');
    const told = await shop.submit(ready);
    expect([told.status, told.body.state]).toEqual([202, 'pending_payment']);
    expect(await chargesFor(ready.cart.id)).toHaveLength(1);
  });

  test('by losing its answer, the event is told again and counts once', async () => {
    const ready = await shop.ready();
    shop.cut('/events', 'after');
    expect((await shop.submit(ready)).status).toBe(202);
    expect(await stateOf(ready.cart.id)).toEqual(['authorized']);
    const events = await shop.database.owner`
      select e.type from orders.order_events e join orders.orders o on o.public_id = e.order_id
      where o.checkout_id = ${ready.cart.id} and e.type = 'payment.authorized'`;
    expect(events).toHaveLength(1);
  });
});
