import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import type { Database } from '../db/client.ts';
import { createCart } from './carts.ts';
import { createCartCloser } from './close-cart.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('carts of orders that come together are closed together, by two processes at once, and each of them is', async () => {
  const database = await server.fresh();
  const db = database.open('checkout');
  let statements = 0;
  const counted: Database = {
    ...db,
    query: (summary, work) => {
      statements += 1;
      return db.query(summary, work);
    },
  };
  const carts = 60;
  const ids = await Promise.all(
    Array.from({ length: carts }, () => createCart(db, { market: 'GB', currency: 'GBP', retentionDays: 30 })),
  ).then((made) => made.map(({ id }) => id));
  const [one, other] = [createCartCloser(counted), createCartCloser(counted)];
  await Promise.all([...ids.map(one), ...ids.toReversed().map(other)]);
  const [open] = await database.owner<{ count: number }[]>`
    select count(*)::int as count from checkout.carts where status <> 'submitted'`;
  expect(open!.count).toBe(0);
  // Each its first cart alone, and all the others with the next.
  expect(statements).toBe(4);
});
