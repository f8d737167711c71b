// What a cart holds, by the front door: a scarce article is kept for who has it in the cart, for a while.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { expireReservations } from '../inventory/expire.ts';
import { brokenBooks } from '../orders/test-orders.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { createHolds, plentyFor } from './holds.ts';
import { lamp, mug, startTestShop, type TestShop, type Told } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
});
beforeEach(async () => {
  // No machine is so busy that an answer that comes is not waited for.
  shop = await startTestShop(server, lab, { SOFT_HOLD_TIMEOUT_MS: '20000' });
  await shop.database.stock(mug.sku, 3);
});
afterEach(() => shop.close());
afterAll(() => Promise.all([server.stop(), lab.close()]));

const newCart = async () => String((await shop.request('POST', '/v1/carts', { market: 'GB' })).body.id);
const add = (cartId: string, quantity: number, sku: string = mug.sku) =>
  shop.request('POST', `/v1/carts/${cartId}/lines`, { sku, quantity });
const problemOf = (told: Told) => [told.status, String(told.body.type).split(':').at(-1)];
const soldOut = [409, 'sold_out'];
const reserved = async () => {
  const [row] = await shop.database.owner<{ reserved: number }[]>`
    select reserved from orders.stock where sku = ${mug.sku}`;
  return row!.reserved;
};
const holds = () => shop.database.owner`
  select kind, status, quantity, order_id is not null as ordered from orders.reservations order by id`;
const lapse = () =>
  shop.database
    .owner`update orders.reservations set expires_at = now() - interval '1 second' where kind = 'soft'`;
const kept = (result: string) => shop.metric(`inventory_cart_holds_total{result="${result}"}`);
const clean = async () => expect(await brokenBooks(shop.database.owner)).toEqual({});

describe('a scarce article in a cart', () => {
  test('is gone for the next buyer, whose cart stays as it was and who may have what is left', async () => {
    const [first, second] = [await newCart(), await newCart()];
    expect((await add(first, 2)).status).toBe(200);
    const refused = await add(second, 2);
    expect(problemOf(refused)).toEqual(soldOut);
    expect(refused.body.detail).toBe(mug.sku);
    expect((await shop.request('GET', `/v1/carts/${second}`)).body.lines).toEqual([]);
    expect((await add(second, 1)).status).toBe(200);
    expect([await reserved(), await kept('held'), await kept('short')]).toEqual([3, 2, 1]);
    await clean();
  });

  test('becomes its order’s, whole: the last units are in the cart and the cart is ordered', async () => {
    const ready = await shop.ready([{ sku: mug.sku, quantity: 3 }]);
    expect(await holds()).toEqual([{ kind: 'soft', status: 'active', quantity: 3, ordered: false }]);
    expect((await shop.submit(ready)).status).toBe(201);
    expect(await holds()).toEqual([{ kind: 'hard', status: 'active', quantity: 3, ordered: true }]);
    expect(await reserved()).toBe(3);
    await clean();
  });

  test('added to again is one hold of the sum, and a double click holds no more', async () => {
    const id = await newCart();
    await add(id, 1);
    await Promise.all([add(id, 1), add(id, 1)]);
    const [hold] = await holds();
    expect([(await holds()).length, await reserved()]).toEqual([1, hold!.quantity]);
    expect(problemOf(await add(id, 2))).toEqual(soldOut);
    await clean();
  });

  test('is free again when its time is over, for the next buyer at once and for all by the sweeper', async () => {
    const [first, second, third] = [await newCart(), await newCart(), await newCart()];
    await add(first, 3);
    await lapse();
    expect((await add(second, 3)).status).toBe(200);
    expect(await reserved()).toBe(3);
    await lapse();
    const workers = shop.database.open('workers');
    expect(await expireReservations(workers, createInstruments('workers'), 100)).toBe(1);
    expect(await reserved()).toBe(0);
    expect((await add(third, 1)).status).toBe(200);
    await clean();
  });

  test('whose hold lapsed is still ordered when nobody took it, and sold out when somebody did', async () => {
    const [lucky, late] = [
      await shop.ready([{ sku: mug.sku, quantity: 1 }]),
      await shop.ready([{ sku: mug.sku, quantity: 2 }]),
    ];
    await lapse();
    expect((await shop.submit(lucky)).status).toBe(201);
    const other = await shop.ready([{ sku: mug.sku, quantity: 2 }]);
    expect(problemOf(await shop.submit(late))).toEqual(soldOut);
    expect((await shop.submit(other)).status).toBe(201);
    await clean();
  });

  test('moves to another location when its own cannot give the rest', async () => {
    await shop.database.stock(mug.sku, 4, 'MAN-1');
    await shop.database
      .owner`update orders.stock set safety_stock = 2 where location_id = 'LON-1' and sku = ${mug.sku}`;
    const id = await newCart();
    await add(id, 1);
    expect((await add(id, 3)).status).toBe(200);
    const rows = await shop.database
      .owner`select location_id, quantity from orders.reservations where status = 'active'`;
    expect(rows).toEqual([{ location_id: 'MAN-1', quantity: 4 }]);
    await clean();
  });
});

describe('no hold is taken', () => {
  test('of what is plentiful, and nobody is asked about it again for a while', async () => {
    const [first, second] = [await newCart(), await newCart()];
    await add(first, 1, lamp.sku);
    shop.cut('/holds', 'before');
    await add(second, 1, lamp.sku);
    expect([await kept('not_held'), await kept('unanswered'), (await holds()).length]).toEqual([2, 0, 0]);
  });

  test('of an article that is held by orders only', async () => {
    await shop.database.owner`update orders.stock set hold_at = 'order' where sku = ${mug.sku}`;
    const [first, second] = [
      await shop.ready([{ sku: mug.sku, quantity: 3 }]),
      await shop.ready([{ sku: mug.sku, quantity: 3 }]),
    ];
    expect((await shop.submit(first)).status).toBe(201);
    expect(problemOf(await shop.submit(second))).toEqual(soldOut);
  });

  test('for a cart that does not exist, or was ordered', async () => {
    expect((await add('cart_made_up', 3)).status).toBe(404);
    const ready = await shop.ready([{ sku: mug.sku, quantity: 1 }]);
    await shop.submit(ready);
    expect((await add(ready.cart.id, 2)).status).toBe(409);
    expect(await reserved()).toBe(1);
  });

  test('while the orders service is away or slow: the line is added, and submission decides', async () => {
    shop.cut('/holds', 'before');
    const ready = await shop.ready([{ sku: mug.sku, quantity: 2 }]);
    expect(await kept('unanswered')).toBe(1);
    expect(await reserved()).toBe(0);
    // The answer was lost and the hold was not: the order finds it all the same.
    shop.cut('/holds', 'after');
    const lost = await shop.ready([{ sku: mug.sku, quantity: 1 }]);
    expect(await reserved()).toBe(1);
    shop.mend();
    expect((await shop.submit(ready)).status).toBe(201);
    expect((await shop.submit(lost)).status).toBe(201);
    expect(await reserved()).toBe(3);
    await clean();
  });
});

test('the more is left of an article, the longer nobody is asked about it: never past the fastest sale, nor for ever', () => {
  expect([0, 1_000, 20_000, 100_000, undefined].map(plentyFor)).toEqual([
    0, 10_000, 200_000, 300_000, 10_000,
  ]);
});

test('an orders service that never answers is waited for no longer than agreed', async () => {
  const id = await newCart();
  const config = lab.config({ SOFT_HOLD_TIMEOUT_MS: '20' });
  const silent = { hold: () => new Promise<never>(() => undefined) };
  const { keep } = createHolds(shop.database.open('checkout'), config, createInstruments('checkout'), silent);
  expect(await Promise.all([keep(id, mug.sku, 1), keep(id, mug.sku, 1)])).toEqual([
    'unanswered',
    'unanswered',
  ]);
});

test('sixty carts at once for three units: three hold, the rest are told, and the three can all be ordered', async () => {
  const carts = await Promise.all(Array.from({ length: 60 }, newCart));
  const told = await Promise.all(carts.map((id) => add(id, 1)));
  expect(told.filter(({ status }) => status === 200)).toHaveLength(3);
  expect(told.filter((one) => one.status === 409 && problemOf(one)[1] === 'sold_out')).toHaveLength(57);
  expect(await reserved()).toBe(3);
  await clean();
});
