import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { drainBare, drainOurs } from './measure-drain.ts';
import { startTestRedis, type TestRedis } from './test-parts.ts';
import { testShop } from './test-shop.ts';

let server: TestServer;
let redis: TestRedis;
beforeAll(async () => {
  const part = await resolvePart(partNamed('redis'), { progress: quiet });
  [server, redis] = await Promise.all([
    startTestServer(),
    startTestRedis(part.binaries['redis-server']!, part.environment),
  ]);
});
afterAll(async () => {
  await Promise.all([server.stop(), redis.stop()]);
});

test('a measured drain handles every event once, in far fewer statements than there are jobs', async () => {
  const shop = await testShop(await server.fresh(), { redisUrl: redis.url });
  const jobs = 1_000;
  let statements = 0;
  const query: typeof shop.db.query = (summary, work) => {
    if (summary === 'note order events') statements += 1;
    return shop.db.query(summary, work);
  };
  const deps = { ...shop, redisUrl: redis.url, db: { ...shop.db, query } };
  expect(await drainOurs(deps, jobs)).toBeGreaterThan(0);
  expect(await drainBare(deps, jobs)).toBeGreaterThan(0);
  const [row] = await shop.database.owner<{ handled: number; noted: number }[]>`
    select (select count(*)::int from orders.outbox where handled_at is not null and handled_count = 1) as handled,
      (select count(*)::int from orders.inbox) as noted`;
  expect(row).toEqual({ handled: jobs, noted: jobs });
  expect(statements).toBeLessThan(jobs / 4);
  await shop.close();
});
