// Holds that lapse: only those of orders nobody paid for.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { expireRound } from './reservations.ts';
import { testShop } from './test-shop.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('an overdue hold of a pending order goes back to the shelf; that of a paid order stays', async () => {
  const shop = await testShop(await server.fresh());
  await shop.sell();
  await shop.place();
  const { owner } = shop.database;
  await owner`update orders.reservations set expires_at = now() - interval '1 second'`;
  expect(await expireRound(shop.db, shop.instruments)).toBe('done');
  const [stock] = await owner<{ reserved: number }[]>`select reserved from orders.stock`;
  expect(stock!.reserved).toBe(1);
  expect(await shop.metric('inventory_reservations_total{result="expired"}')).toBe(1);
  await shop.close();
});
