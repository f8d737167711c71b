// A cart call that a network sends twice changes the cart once.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { address, lamp, mug, startTestShop, type TestShop, type Told } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab);
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close()]);
});

const problemOf = (told: Told) => String(told.body.type).split(':').at(-1);
const newCart = async () => (await shop.request('POST', '/v1/carts', { market: 'GB' })).body.id as string;
const add = (cart: string, quantity: number, key?: string, sku: string = mug.sku) =>
  shop.request(
    'POST',
    `/v1/carts/${cart}/lines`,
    { sku, quantity },
    key === undefined ? {} : { 'idempotency-key': key },
  );
const quantityOf = async (cart: string) =>
  (await shop.request('GET', `/v1/carts/${cart}`)).body.lines[0]?.quantity ?? 0;
const keys = async () => (await shop.database.owner`select count(*)::int as n from checkout.cart_keys`)[0]!.n;

test('a line that was sent twice is added once and answered the same; without a key it is added twice', async () => {
  const cart = await newCart();
  const key = randomUUID();
  const first = await add(cart, 2, key);
  const again = await add(cart, 2, `"${key}"`);
  expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 200, 'true']);
  expect(again.body).toEqual(first.body);
  expect(await quantityOf(cart)).toBe(2);
  const before = await keys();
  await add(cart, 2);
  expect([await quantityOf(cart), await keys()]).toEqual([4, before]);
});

test('twenty times at once adds one; the others are told to come back, or hear the same', async () => {
  const cart = await newCart();
  const key = randomUUID();
  const all = await Promise.all(Array.from({ length: 20 }, () => add(cart, 3, key)));
  for (const told of all.filter(({ status }) => status !== 200)) {
    expect([told.status, problemOf(told)]).toEqual([409, 'in_flight']);
    expect(told.headers.get('retry-after')).toBe('1');
  }
  expect((await add(cart, 3, key)).status).toBe(200);
  expect(await quantityOf(cart)).toBe(3);
});

test('a key with another body is refused, and the same key of another cart is another key', async () => {
  const [cart, other] = [await newCart(), await newCart()];
  const key = randomUUID();
  await add(cart, 1, key);
  const reused = await add(cart, 2, key);
  expect([reused.status, problemOf(reused)]).toEqual([422, 'key_reused']);
  expect((await add(other, 2, key)).status).toBe(200);
  expect([await quantityOf(cart), await quantityOf(other)]).toEqual([1, 2]);
});

test('a refusal changed nothing: its key may be used again', async () => {
  const cart = await newCart();
  const key = randomUUID();
  const refused = await add(cart, 1_000, key);
  expect(refused.status).toBe(200);
  const second = randomUUID();
  const tooMany = await add(cart, 1, second);
  expect([tooMany.status, problemOf(tooMany)]).toEqual([422, 'too_many']);
  const unknown = await add(cart, 1, second, 'NOTHING1');
  expect([unknown.status, problemOf(unknown)]).toEqual([422, 'unknown_sku']);
  expect((await add(cart, 1, second, lamp.sku)).status).toBe(200);
});

test('a cart and an address are kept to one as well; a cart wants a key nobody else could think of', async () => {
  const create = (key: string) =>
    shop.request('POST', '/v1/carts', { market: 'GB' }, { 'idempotency-key': key });
  const key = randomUUID();
  const [first, again] = [await create(key), await create(key)];
  expect(again.body).toEqual(first.body);
  const weak = await create('1');
  expect([weak.status, problemOf(weak)]).toEqual([400, 'key_malformed']);

  const at = `/v1/carts/${first.body.id}/address`;
  const put = () => shop.request('PUT', at, address, { 'idempotency-key': key });
  await put();
  const version = async () =>
    (await shop.database.owner`select version from checkout.carts where id = ${first.body.id}`)[0]!.version;
  const once = await version();
  expect((await put()).status).toBe(200);
  expect(await version()).toBe(once);
  const stored = await shop.database.owner`select * from checkout.cart_keys where body::text like '%@%'`;
  expect(stored).toEqual([]);
});

test('a caller that died before it changed anything is taken over; one that wakes up late changes nothing', async () => {
  const { owner } = shop.database;
  const cart = await newCart();
  const key = randomUUID();
  await add(cart, 1, key);
  const leave = (age: string) => owner`
    update checkout.cart_keys set status = null, body = null, locked_at = now() - ${age}::interval where key = ${key}`;
  await leave('1 second');
  expect((await add(cart, 1, key)).status).toBe(409);
  await leave('1 minute');
  expect((await add(cart, 1, key)).status).toBe(200);
  expect(await quantityOf(cart)).toBe(2);

  // Overtaken in the middle of its mutation: a trigger moves the claim on, as another process would.
  await owner`
    create function overtake() returns trigger language plpgsql security definer as
    'begin update checkout.cart_keys set tries = tries + 1 where status is null; return new; end'`;
  await owner`create trigger overtake before update on checkout.carts for each row execute function overtake()`;
  const late = await add(cart, 1, randomUUID());
  expect([late.status, problemOf(late)]).toEqual([409, 'in_flight']);
  expect(await quantityOf(cart)).toBe(2);
  await owner`drop trigger overtake on checkout.carts`;
});

test('keys that have expired go as new ones come', async () => {
  const cart = await newCart();
  await shop.database.owner`update checkout.cart_keys set expires_at = now() - interval '1 second'`;
  const before = await keys();
  await add(cart, 1, randomUUID());
  expect(await keys()).toBe(before - 1);
});
