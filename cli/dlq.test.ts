// headroom dlq and headroom queue against real PostgreSQL and Redis.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { openRun } from '../stack/run.ts';
import { relayRound } from '../workers/outbox-relay.ts';
import { connectProducer, type Producer } from '../workers/redis.ts';
import { startTestRedis, type TestRedis } from '../workers/test-parts.ts';
import { type TestShop, testShop } from '../workers/test-shop.ts';
import type { Io } from './cli.ts';
import { main } from './main.ts';

let server: TestServer;
let redis: TestRedis;
let shop: TestShop;
let producer: Producer;
let state: string;
beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'headroom-dlq-'));
  const part = await resolvePart(partNamed('redis'), { progress: quiet });
  [server, redis] = await Promise.all([
    startTestServer(),
    startTestRedis(part.binaries['redis-server']!, part.environment),
  ]);
  shop = await testShop(await server.fresh(), { redisUrl: redis.url });
  producer = connectProducer(redis.url, shop.log);
  await vi.waitFor(() => expect(producer.isReady()).toBe(true));
  vi.stubEnv('HEADROOM_STATE', state);
});
beforeEach(() => {
  vi.stubEnv('DATABASE_URL', shop.database.urls.workers);
  vi.stubEnv('REDIS_URL', redis.url);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await producer.close();
  await shop.close();
  await Promise.all([server.stop(), redis.stop()]);
  rmSync(state, { recursive: true, force: true });
});

async function headroom(...argv: string[]) {
  let out = '';
  let err = '';
  const io: Io = { out: (text) => (out += text), err: (text) => (err += text), terminal: false };
  const exitCode = await main(argv, io);
  return { exitCode, out, err };
}
const there = (...argv: string[]) => headroom(...argv, '--elsewhere');
async function letter(error = '550'): Promise<string> {
  const { orderId } = await shop.sell();
  const [row] = await shop.database.owner<{ id: number }[]>`
    insert into orders.dead_letters (queue, job_id, event_id, order_id, error)
    select 'notifications', event_id::text, event_id, order_id, ${error} from orders.outbox
    where order_id = ${orderId} and type = 'order.authorized' returning id`;
  return `${row!.id}`;
}

test('a letter is listed and shown, driven again from the outbox, and who did it stays on record', async () => {
  expect(await there('dlq', 'list')).toMatchObject({ exitCode: 0, out: 'No dead letters.\n' });
  const id = await letter('the mail server refuses this mail: 550');
  expect((await there('dlq', 'list')).out).toMatch(new RegExp(`^${id} .*notifications.*open.*550$`, 'm'));
  expect((await there('dlq', 'show', id)).out).toMatch(/^error\s+the mail server refuses this mail: 550$/m);
  expect(await there('dlq', 'redrive', id, '--by', 'ana')).toMatchObject({
    ...{ exitCode: 0, out: `${id}: redriven\n` },
  });
  const again = await there('dlq', 'redrive', id, '--by', 'ana');
  expect(again).toMatchObject({ exitCode: 2, out: expect.stringContaining('already') });
  expect(JSON.parse((await there('dlq', 'list', '--json')).out)).toEqual([]);
  const [all] = JSON.parse((await there('dlq', 'list', '--all', '--json')).out);
  expect(all).toMatchObject({ id: Number(id), state: 'redriven', by: 'ana' });
  expect(await (await producer.queue('notifications')).getWaitingCount()).toBe(1);
});

test('all at once, and one that is dropped for a reason', async () => {
  const [first, second, third] = [await letter(), await letter(), await letter()];
  const dropped = await there('dlq', 'drop', second, '--why', 'no such address', '--by', 'bo');
  expect(dropped).toMatchObject({ exitCode: 0, out: `${second}: dropped\n` });
  expect((await there('dlq', 'redrive', '--all', '--by', 'bo')).out).toBe(
    `${first}: redriven\n${third}: redriven\n`,
  );
  expect((await there('dlq', 'show', second)).out).toMatch(/^why\s+no such address$/m);
});

test('a queue is paused for everybody, seen paused, not drained while it is, and resumed', async () => {
  const queue = async () => {
    const states = JSON.parse((await there('queue', 'list', '--json')).out);
    return states.find(({ name }: { name: string }) => name === 'order-events');
  };
  await producer.queue('order-events').then((each) => each.obliterate({ force: true }));
  expect((await there('queue', 'pause', 'order-events')).out).toMatch(/^order-events +paused/m);
  await relayRound(shop.db, producer);
  const paused = await queue();
  expect(paused).toMatchObject({ paused: true, active: 0 });
  expect(paused.waiting).toBeGreaterThan(0);
  expect(paused.unhandled).toBeGreaterThanOrEqual(paused.waiting);
  const drain = ['queue', 'drain', 'order-events', '--within', '0.2'];
  expect(await there(...drain)).toMatchObject({ exitCode: 2, err: expect.stringContaining('paused') });
  expect((await there('queue', 'resume', 'order-events')).exitCode).toBe(0);
  expect(await there(...drain)).toMatchObject({
    exitCode: 1,
    out: expect.stringMatching(/order-events +running/),
  });
  await shop.database.owner`update orders.outbox set handled_at = now()`;
  await producer.queue('order-events').then((each) => each.obliterate({ force: true }));
  expect((await there(...drain)).exitCode).toBe(0);
});

test('queues are rebuilt on demand after Redis lost them', async () => {
  await shop.sell();
  await relayRound(shop.db, producer);
  await redis.flush();
  expect(JSON.parse((await there('queue', 'rebuild', '--json')).out)).toEqual({ jobs: 2 });
  expect(await (await producer.queue('notifications')).getWaitingCount()).toBe(1);
});

test('of the shop that runs here, found by its run’s record', async () => {
  expect(await headroom('queue', 'list')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('headroom up'),
  });
  const run = await openRun({ stateDirectory: state, progress: quiet });
  try {
    const workers = { databaseUrl: shop.database.urls.workers, redisUrl: redis.url };
    run.serves({ ordersUrl: 'http://127.0.0.1:1', serviceToken: 'x', workers });
    expect(await headroom('queue', 'list')).toMatchObject({ exitCode: 0, err: '' });
  } finally {
    await run.stop();
  }
});

test.each([
  ['a letter there is not', ['dlq', 'show', '999999'], 'no such dead letter'],
  ['an id that is none', ['dlq', 'redrive', 'x'], 'number from the list'],
  ['nothing named', ['dlq', 'redrive'], '--all'],
  ['a letter and all of them', ['dlq', 'redrive', '1', '--all'], '--all'],
  ['no reason', ['dlq', 'drop', '1'], '--why'],
  ['a queue there is not', ['queue', 'pause', 'mails'], 'notifications'],
])('%s is a usage error that says so', async (_, argv, said) => {
  const { exitCode, err } = await there(...argv);
  expect(exitCode).toBe(2);
  expect(err).toContain(said);
});

test.each([
  ['Redis', 'REDIS_URL', 'redis://127.0.0.1:1'],
  ['PostgreSQL', 'DATABASE_URL', 'postgres://headroom_workers:x@127.0.0.1:1/none'],
])('with %s away nothing is begun: exit 3', async (store, variable, url) => {
  vi.stubEnv(variable, url);
  const { exitCode, err } = await there('dlq', 'redrive', '--all', '--by', 'ana');
  expect(exitCode).toBe(3);
  expect(err).toBe(`${store} does not answer: nothing was done\n`);
});
