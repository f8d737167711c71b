// Promotions by the front door: what a quote says of them, what is charged, and what their kill switch does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import type { Mode } from '../switches/switch.ts';
import { lamp, mug, startTestShop, type TestShop, type Told } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
const readme = readFileSync(join(import.meta.dirname, '..', 'pricing', 'README.md'), 'utf8');
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab);
  const { owner } = shop.database;
  const [shipped] = await owner`select count(*)::int as n from checkout.promotions`;
  expect(shipped).toEqual({ n: 0 });
  await owner.unsafe(/```sql\n([\s\S]+?)```/.exec(readme)![1]!);
  const always = { starts_local: '2026-01-01 00:00', ends_local: '2099-01-01 00:00', time_zone: 'UTC' };
  const row = { ...always, currency: 'GBP', active: true, action: 'fixed_off', skus: [mug.sku] };
  await owner`insert into checkout.promotions ${owner([
    { ...row, id: 'mug_sale', priority: 10, amount_minor: 300 },
    { ...row, id: 'mug_clearance', priority: 5, amount_minor: 200 },
    { ...row, id: 'forgotten_draft', priority: 500, amount_minor: 400, active: false },
    { ...row, id: 'over_since', priority: 501, amount_minor: 400, ends_local: '2026-01-02 00:00' },
  ] as never)}`;
});
afterEach(async () => {
  await shop.database.owner`update ops.switches set is_on = false`;
  await shop.switches.refresh();
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close()]);
});

async function flip(promotion: string, mode: Mode = 'on'): Promise<void> {
  await shop.database.owner`
    insert into ops.switches (dimension, value, is_on, mode, reason, changed_by, expires_at)
    values ('promotion', ${promotion}, true, ${mode}, 'a test', 'test', now() + interval '1 hour')
    on conflict (dimension, value) do update set is_on = true, mode = excluded.mode, changed_at = now(),
      expires_at = excluded.expires_at, activation = excluded.activation`;
  await shop.switches.refresh();
}
const problemOf = (told: Told) => String(told.body.type).split(':').at(-1);
const quote = (cartId: string) =>
  shop.request('POST', `/v1/carts/${cartId}/quote`, { shipping_method: 'standard' });
const mugs = [{ sku: mug.sku, quantity: 2 }];
const lamps = [{ sku: lamp.sku, quantity: 3 }];
const charged = async (orderId: string) =>
  (await lab.charges('psp-primary')).find(({ order }) => order === orderId)?.amount_minor;

test('what combines is taken off together, tax is on what is left, and that is what is charged', async () => {
  const ready = await shop.ready(lamps);
  expect(ready.quote).toMatchObject({
    subtotal_minor: 6_000,
    discount_minor: 900,
    shipping_minor: 0,
    tax_minor: 1_020,
    total_minor: 6_120,
  });
  expect(ready.quote.promotions!.map(({ id }) => id)).toEqual(['spring_15off', 'free_shipping_over_50']);
  const told = await shop.submit(ready);
  expect([told.status, told.body.total_minor]).toEqual([201, 6_120]);
  expect(await charged(told.body.order_id)).toBe(6_120);
});

test('of those that do not combine the first counts; drafts and what is over never do', async () => {
  const { quote: told } = await shop.ready(mugs);
  expect(told.promotions).toEqual([{ id: 'mug_sale', off_minor: 300 }]);
});

test('a cart without a promotion is quoted as ever', async () => {
  const { quote: told } = await shop.ready([{ sku: lamp.sku, quantity: 1 }]);
  expect(told).not.toHaveProperty('promotions');
  expect(told.total_minor).toBe(told.subtotal_minor + told.shipping_minor + told.tax_minor);
});

test('a promotion that is off is in no new quote, and a quote with it is refused with the way out', async () => {
  const ready = await shop.ready(mugs);
  await flip('mug_sale');
  const told = await shop.submit(ready);
  expect([told.status, problemOf(told)]).toEqual([409, 'switched_off']);
  expect(told.body.off).toEqual({ dimension: 'promotion', value: 'mug_sale' });
  expect(told.body.detail).toContain('new quote');
  const [orders] = await shop.database.owner`
    select count(*)::int as n from orders.orders where checkout_id = ${ready.cart.id}`;
  expect(orders).toEqual({ n: 0 });
  const again = await quote(ready.cart.id);
  // It makes room for the one it does not combine with.
  expect(again.body.promotions).toEqual([{ id: 'mug_clearance', off_minor: 200 }]);
  const placed = await shop.submit({ cart: ready.cart, quote: again.body });
  expect(placed.status).toBe(201);
  expect(await charged(placed.body.order_id)).toBe(again.body.total_minor);
});

test('a dry run leaves it in the quote and counts that it would not be', async () => {
  const counted = 'kill_switch_decisions_total{dimension="promotion",effect="would_stop"}';
  const before = (await shop.metric(counted))!;
  await flip('mug_sale', 'dry_run');
  const ready = await shop.ready(mugs);
  expect(ready.quote.promotions).toEqual([{ id: 'mug_sale', off_minor: 300 }]);
  expect((await shop.submit(ready)).status).toBe(201);
  expect(await shop.metric(counted)).toBe(before + 2);
});

test('a switch on a promotion that is not in the quote stops nothing', async () => {
  const ready = await shop.ready(mugs);
  await flip('spring_15off');
  expect((await shop.submit(ready)).status).toBe(201);
});

test('midnight is midnight of a place, summer time included, and a place there is not is refused', async () => {
  const { owner } = shop.database;
  const add = (id: string, priority: number, zone: string, ends: string) => owner`
    insert into checkout.promotions (id, priority, currency, starts_local, ends_local, time_zone, action)
    values (${id}, ${priority}, 'GBP', '2026-01-01 00:00', ${ends}, ${zone}, 'free_shipping') returning ends_at`;
  const ends = async (...wish: Parameters<typeof add>) =>
    ((await add(...wish))[0]!.ends_at as Date).toISOString();
  // New York puts its clocks forward on 8 March 2026.
  expect(await ends('before', 901, 'America/New_York', '2026-03-08 00:00')).toBe('2026-03-08T05:00:00.000Z');
  expect(await ends('after', 902, 'America/New_York', '2026-03-09 00:00')).toBe('2026-03-09T04:00:00.000Z');
  expect(await ends('berlin', 903, 'Europe/Berlin', '2026-03-09 00:00')).toBe('2026-03-08T23:00:00.000Z');
  await expect(add('atlantis', 904, 'Europe/Atlantis', '2026-03-09 00:00')).rejects.toThrow('time zone');
});

test('a quote ends with the first of its promotions', async () => {
  const own = await startTestShop(server, lab);
  const [row] = await own.database.owner<{ ends_at: Date }[]>`
    insert into checkout.promotions (id, active, priority, currency, starts_local, ends_local, time_zone, action)
    values ('last_minutes', true, 1, 'GBP', '2026-01-01 00:00',
      date_trunc('second', now() at time zone 'Asia/Tokyo') + interval '5 minutes', 'Asia/Tokyo', 'free_shipping')
    returning ends_at`;
  const { quote: told } = await own.ready(mugs);
  expect(told.expires_at).toBe(row!.ends_at.toISOString());
  await own.close();
});
