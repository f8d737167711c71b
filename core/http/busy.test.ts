// Somebody holds a row for longer than anybody waits: the shop is busy, says so, and counts it against itself.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mug, startTestShop, type TestShop } from '../checkout/test-shop.ts';
import { isDatabaseBusy } from '../db/away.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';

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

/** While somebody holds all rows of a table; `cancel` ends what waits for one as its time limit would. */
const whileHeld = <T>(
  { owner }: TestDatabase,
  table: string,
  work: (cancel: () => Promise<void>) => Promise<T>,
) =>
  owner.begin(async (tx) => {
    await tx`select from ${tx(table)} for update`;
    return work(async () => {
      const waiting = async () =>
        (
          await owner`select pg_cancel_backend(pid) from pg_stat_activity
            where wait_event_type = 'Lock' and datname = current_database()`
        ).length;
      while ((await waiting()) === 0);
    });
  }) as Promise<T>;

test('a submission that waits too long is answered so, counted as ours, and charged once when it comes back', async () => {
  const ready = await shop.ready();
  const held = await whileHeld(shop.database, 'checkout.cart_lines', async (cancel) => {
    const told = shop.request('POST', `/v1/carts/${ready.cart.id}/lines`, { sku: mug.sku, quantity: 1 });
    await cancel();
    return told;
  });
  expect([held.status, held.body.type]).toEqual([503, 'urn:headroom:problem:busy']);
  const placing = await whileHeld(shop.database, 'orders.stock', async (cancel) => {
    const told = shop.submit(ready, { key: 'the-same-key-again' });
    await cancel();
    return told;
  });
  expect([placing.status, placing.body.type]).toEqual([503, 'urn:headroom:problem:unavailable']);
  expect(await shop.metric('checkout_submissions_total{outcome="error",region="GB"}')).toBe(1);
  expect((await shop.submit(ready, { key: 'the-same-key-again' })).status).toBe(201);
});

test('only what a time limit ended is busy', () => {
  expect(['57014', '55P03', '40P01', '23505', '42P01'].map((code) => isDatabaseBusy({ code }))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  expect([null, undefined, new Error('57014')].map(isDatabaseBusy)).toEqual([false, false, false]);
});
