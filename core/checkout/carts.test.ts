// Carts, rates and quotes by the front door.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { maxLines, maxQuantity } from './carts.ts';
import { address, lamp, mug, startTestShop, type TestShop, type Told } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab);
});
afterEach(() => lab.heal());
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close()]);
});

const newCart = async (wish: Record<string, string> = { market: 'GB' }) =>
  String((await shop.request('POST', '/v1/carts', wish)).body.id);
const add = (cartId: string, sku: string, quantity: number) =>
  shop.request('POST', `/v1/carts/${cartId}/lines`, { sku, quantity });
const problemOf = (told: Told) => [told.status, String(told.body.type).split(':').at(-1)];

describe('a cart', () => {
  test('adds up its lines in SKU order, whichever way they came', async () => {
    const id = await newCart();
    await add(id, mug.sku, 1);
    await add(id, lamp.sku, 2);
    const told = await add(id, mug.sku, 2);
    const lines = [
      { sku: lamp.sku, quantity: 2, unit_price_minor: 2_000 },
      { sku: mug.sku, quantity: 3, unit_price_minor: 500 },
    ];
    expect(told.body).toEqual({ id, market: 'GB', currency: 'GBP', lines, subtotal_minor: 5_500 });
    expect((await shop.request('GET', `/v1/carts/${id}`)).body).toEqual(told.body);
  });

  test('keeps the price a line was added with when the catalogue moves on', async () => {
    const id = await newCart();
    await add(id, mug.sku, 1);
    await shop.database.owner`update checkout.variants set price_minor = 999 where sku = ${mug.sku}`;
    const told = await add(id, mug.sku, 1);
    expect(told.body.lines).toEqual([{ sku: mug.sku, quantity: 2, unit_price_minor: 500 }]);
    await shop.database.owner`update checkout.variants set price_minor = 500 where sku = ${mug.sku}`;
  });

  test('loses no line when many are added at once', async () => {
    const id = await newCart();
    await Promise.all(Array.from({ length: 20 }, (_, i) => add(id, i % 2 === 0 ? mug.sku : lamp.sku, 1)));
    const { lines } = (await shop.request('GET', `/v1/carts/${id}`)).body;
    expect(lines.map((line: { quantity: number }) => line.quantity)).toEqual([10, 10]);
  });

  test('refuses what it cannot hold, and says which it was', async () => {
    const id = await newCart();
    expect(problemOf(await add('cart_nobody', mug.sku, 1))).toEqual([404, 'unknown_cart']);
    expect(problemOf(await add(id, 'NOSUCH01', 1))).toEqual([422, 'unknown_sku']);
    expect(problemOf(await add(id, mug.sku, 0))).toEqual([422, 'invalid']);
    await add(id, mug.sku, maxQuantity);
    expect(problemOf(await add(id, mug.sku, 1))).toEqual([422, 'too_many']);
    const euros = await newCart({ market: 'DE', currency: 'EUR' });
    expect(problemOf(await add(euros, mug.sku, 1))).toEqual([422, 'other_currency']);
  });

  test('is full at its last line', async () => {
    const id = await newCart();
    await shop.database.owner`insert into checkout.cart_lines (cart_id, sku, quantity, unit_price_minor)
      select ${id}, 'FILL' || lpad(n::text, 4, '0'), 1, 1 from generate_series(1, ${maxLines}) n`;
    expect(problemOf(await add(id, mug.sku, 1))).toEqual([422, 'too_many']);
    expect((await add(await newCart(), mug.sku, 1)).status).toBe(200);
  });

  test('that was ordered is not changed any more', async () => {
    const ready = await shop.ready();
    await shop.submit(ready);
    const { id } = ready.cart;
    await expect.poll(async () => problemOf(await add(id, mug.sku, 1))).toEqual([409, 'submitted']);
    expect(problemOf(await shop.request('PUT', `/v1/carts/${id}/address`, address))).toEqual([
      409,
      'submitted',
    ]);
  });
});

test('a cart nobody touched for a month goes when the next ones come, with its quotes and its address', async () => {
  const { owner } = shop.database;
  const aged = async (created: number, touched: number) => {
    const { cart } = await shop.ready();
    await owner`update checkout.carts set created_at = now() - ${created}::int * interval '1 day',
      updated_at = now() - ${touched}::int * interval '1 day' where id = ${cart.id}`;
    return cart.id;
  };
  const left = [await aged(31, 31), await aged(40, 31), await aged(50, 31)];
  const kept = [await aged(60, 29), await aged(29, 29)];
  await Promise.all([newCart(), newCart()]);
  const known = async (ids: string[]) =>
    (await owner`select id from checkout.carts where id = any(${ids}::text[])`).length;
  expect([await known(left), await known(kept)]).toEqual([0, 2]);
  const quotes = await owner`select from checkout.quotes where cart_id = any(${left}::text[])`;
  expect(quotes).toHaveLength(0);
});

describe('a quote', () => {
  test('is goods, shipping and tax as the providers say, and adds up', async () => {
    const { cart, quote } = await shop.ready([{ sku: lamp.sku, quantity: 3 }]);
    const { rates } = (await shop.request('GET', `/v1/carts/${cart.id}/rates`)).body;
    const standard = rates.find((rate: { method: string }) => rate.method === 'standard');
    expect(quote.shipping_minor).toBe(standard.amount_minor);
    expect(quote.tax_minor).toBeGreaterThan(0);
    expect(quote.total_minor).toBe(6_000 + quote.shipping_minor + quote.tax_minor);
    expect(new Date(quote.expires_at).getTime()).toBeGreaterThan(Date.now());
  });

  test('needs lines, an address and a method that is offered', async () => {
    const id = await newCart();
    const ask = (method = 'standard') =>
      shop.request('POST', `/v1/carts/${id}/quote`, { shipping_method: method });
    expect(problemOf(await ask())).toEqual([409, 'empty_cart']);
    await add(id, mug.sku, 1);
    expect(problemOf(await ask())).toEqual([409, 'address_missing']);
    await shop.request('PUT', `/v1/carts/${id}/address`, address);
    expect(problemOf(await ask('by-owl'))).toEqual([422, 'unknown_method']);
    expect((await ask()).status).toBe(201);
  });

  test('rates are remembered by country and weight band: the carrier may be away for a known parcel only', async () => {
    const own = await startTestShop(server, lab);
    const { cart } = await own.ready([{ sku: mug.sku, quantity: 1 }]);
    await lab.fault('rates', 'quote', 'error');
    expect((await own.request('GET', `/v1/carts/${cart.id}/rates`)).status).toBe(200);
    await own.request('POST', `/v1/carts/${cart.id}/lines`, { sku: mug.sku, quantity: 50 });
    const heavier = await own.request('GET', `/v1/carts/${cart.id}/rates`);
    expect(problemOf(heavier)).toEqual([503, 'rates_unavailable']);
    await own.close();
  });
});

describe('the catalogue', () => {
  test('is read a page at a time and by SKU', async () => {
    const first = await shop.request('GET', '/v1/catalog?limit=1');
    expect(first.body).toMatchObject({ items: [{ sku: lamp.sku, price_minor: 2_000 }], next: lamp.sku });
    const second = await shop.request('GET', `/v1/catalog?limit=5&after=${first.body.next}`);
    expect(second.body).toMatchObject({ items: [{ sku: mug.sku }], next: null });
    expect((await shop.request('GET', `/v1/catalog/${mug.sku}`)).body.title).toBe(`A ${mug.sku}`);
    expect((await shop.request('GET', '/v1/catalog/NOSUCH01')).status).toBe(404);
    expect((await shop.request('GET', '/v1/catalog?limit=0')).status).toBe(422);
  });

  test('readiness loads it, so the first shopper does not wait', async () => {
    expect((await shop.request('GET', '/readyz')).status).toBe(200);
  });
});
