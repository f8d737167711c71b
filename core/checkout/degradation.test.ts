// docs/degradation.md, row by row: what the shop does while something it needs is away, and where that ends.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { lamp, mug, startTestShop, type TestShop, type Told } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
let passedMs = 0;
/** Lets that much time pass for everything that remembers: answers, breakers, deadlines. */
function later(minutes: number): void {
  passedMs += minutes * 60_000;
}
beforeAll(async () => {
  for (const clock of [performance, Date]) {
    const now = clock.now.bind(clock);
    vi.spyOn(clock, 'now').mockImplementation(() => now() + passedMs);
  }
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab, {
    PROVIDER_TIMEOUT_MS: '400',
    FRAUD_BYPASS_MAX_MINOR: '5000',
    REDIS_URL: 'redis://127.0.0.1:1',
  });
});
// What one test was answered is too old for the next, and a breaker it opened lets a probe through.
beforeEach(() => later(20));
afterEach(async () => {
  shop.mend();
  await lab.heal();
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close()]);
  vi.restoreAllMocks();
});

const problemOf = (told: Told) => String(told.body.type).split(':').at(-1);
const quote = (cartId: string) =>
  shop.request('POST', `/v1/carts/${cartId}/quote`, { shipping_method: 'standard' });
/** How often it was answered without that provider since. */
async function degradedSince(dependency: 'tax' | 'rates' | 'fraud'): Promise<() => Promise<number>> {
  const read = async () => (await shop.metric(`checkout_degraded_total{dependency="${dependency}"}`))!;
  const before = await read();
  return async () => (await read()) - before;
}
const elsewhere = {
  ...{ email: 'buyer@example.test', name: 'A. Buyer', line1: '1 Rue Haute', city: 'Paris' },
  ...{ postal_code: '75001', country: 'FR' },
};
const comesBack = (told: Told) => Number(told.headers.get('retry-after')) > 0;

describe.each([
  ['refuses before it did anything', 'before', 0],
  ['answers with an error', 'error', 0],
  ['is slower than we wait', 'slow', 5_000],
] as const)('a provider that %s', (_, position, delayMs) => {
  test('rates: the price list of a quarter of an hour ago is quoted, an older or another one is not', async () => {
    const { cart, quote: before } = await shop.ready();
    const degraded = await degradedSince('rates');
    await lab.fault('rates', 'quote', position, delayMs);
    later(14);
    const told = await quote(cart.id);
    expect([told.status, told.body.shipping_minor]).toEqual([201, before.shipping_minor]);
    expect(await degraded()).toBe(1);
    // A parcel of another weight was never priced.
    await shop.database.owner`update checkout.cart_lines set weight_grams = 5000 where cart_id = ${cart.id}`;
    const heavier = await quote(cart.id);
    expect([heavier.status, problemOf(heavier), comesBack(heavier)]).toEqual([
      503,
      'rates_unavailable',
      true,
    ]);
    await shop.database.owner`update checkout.cart_lines set weight_grams = 250 where cart_id = ${cart.id}`;
    later(2);
    expect((await quote(cart.id)).status).toBe(503);
    expect(await degraded()).toBe(1);
  });

  test('tax: the same goods to the same country are taxed as a few minutes ago, any others are not', async () => {
    const { cart, quote: before } = await shop.ready([{ sku: lamp.sku, quantity: 1 }]);
    const abroad = await shop.ready([{ sku: lamp.sku, quantity: 1 }]);
    await shop.request('PUT', `/v1/carts/${abroad.cart.id}/address`, elsewhere);
    const degraded = await degradedSince('tax');
    await lab.fault('tax', 'quote', position, delayMs);
    later(9);
    const told = await quote(cart.id);
    expect([told.status, told.body.tax_minor]).toEqual([201, before.tax_minor]);
    expect(await degraded()).toBe(1);
    const other = await quote(abroad.cart.id);
    expect([other.status, problemOf(other), comesBack(other)]).toEqual([503, 'tax_unavailable', true]);
    later(2);
    expect((await quote(cart.id)).status).toBe(503);
    expect(await degraded()).toBe(1);
  });

  test('fraud: a small order is taken, a large one is taken and waits for a person', async () => {
    const small = await shop.ready([{ sku: mug.sku, quantity: 1 }]);
    const large = await shop.ready([{ sku: lamp.sku, quantity: 3 }]);
    const usual = await shop.ready([{ sku: lamp.sku, quantity: 3 }]);
    expect((await shop.submit(usual)).status).toBe(201);
    const degraded = await degradedSince('fraud');
    await lab.fault('fraud', 'screen', position, delayMs);
    expect((await shop.submit(small)).status).toBe(201);
    expect((await shop.submit(large)).status).toBe(201);
    const reviews = async (cartId: string) => {
      const rows = await shop.database.owner`
        select r.state from orders.fraud_reviews r join orders.orders o on o.public_id = r.order_id
        where o.checkout_id = ${cartId}`;
      return rows.map((row) => row.state as string);
    };
    expect(await reviews(small.cart.id)).toEqual([]);
    expect(await reviews(large.cart.id)).toEqual(['open']);
    // The same order with the screening there: nobody has to look at it.
    expect(await reviews(usual.cart.id)).toEqual([]);
    expect(await degraded()).toBe(2);
  });
});

// Nobody listens where this shop was told that Redis is.
test('Redis away: orders are taken as ever', async () => {
  expect((await shop.submit(await shop.ready())).status).toBe(201);
});

test('every payment provider away: nothing charged, the stock is free again, and the shopper is asked back', async () => {
  const ready = await shop.ready();
  const reserved = async () =>
    (await shop.database.owner`select reserved from orders.stock where sku = ${mug.sku}`)[0]!.reserved;
  const before = await reserved();
  await lab.fault('psp-primary', 'authorize', 'before');
  await lab.fault('psp-backup', 'authorize', 'before');
  const told = await shop.submit(ready);
  expect([told.status, problemOf(told), comesBack(told)]).toEqual([503, 'payment_unavailable', true]);
  expect(await reserved()).toBe(before);
});

test('the orders service away: carts and quotes go on, a submission is refused before anything is charged', async () => {
  shop.cut('/internal/v1/orders', 'before');
  const ready = await shop.ready();
  const before = (await lab.charges('psp-primary')).length;
  const told = await shop.submit(ready);
  expect([told.status, problemOf(told), comesBack(told)]).toEqual([503, 'unavailable', true]);
  expect((await lab.charges('psp-primary')).length).toBe(before);
});

// The last one: there is no coming back.
test('PostgreSQL away: what is sold can be looked at, the rest asks to come back', async () => {
  const ready = await shop.ready();
  await server.stop();
  expect((await shop.request('GET', '/v1/catalog')).status).toBe(200);
  for (const told of [
    await shop.request('POST', '/v1/carts', { market: 'GB' }),
    await quote(ready.cart.id),
    await shop.submit(ready),
  ])
    expect([told.status, problemOf(told), comesBack(told)]).toEqual([503, 'unavailable', true]);
});
