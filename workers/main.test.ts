// The workers as the process they are deployed as: probes, metrics, outages survived, a polite stop.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import {
  startTestMailbox,
  startTestRedis,
  startTestWire,
  type TestMailbox,
  type TestRedis,
} from './test-parts.ts';
import { testShop } from './test-shop.ts';

let server: TestServer;
let redis: TestRedis;
let mailbox: TestMailbox;
let started: ChildProcess[] = [];

beforeAll(async () => {
  const part = await resolvePart(partNamed('redis'), { progress: quiet });
  [server, redis, mailbox] = await Promise.all([
    startTestServer(),
    startTestRedis(part.binaries['redis-server']!, part.environment),
    startTestMailbox(),
  ]);
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started = [];
});
afterAll(async () => {
  await Promise.all([server.stop(), redis.stop(), mailbox.stop()]);
});

async function startProcess(env: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      SERVICE_TOKEN: 'token-of-the-tests',
      REDIS_URL: redis.url,
      SMTP_URL: mailbox.url,
      PSP_PRIMARY_URL: 'http://127.0.0.1:1',
      PSP_BACKUP_URL: 'http://127.0.0.1:1',
      ...env,
    },
  });
  started.push(child);
  const log: { event: string; what?: string; port?: number }[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => log.push(JSON.parse(line)));
  await vi.waitFor(() => expect(log.map(({ event }) => event)).toContain('listening'), { timeout: 20_000 });
  const port = log.find(({ event }) => event === 'listening')!.port!;
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  return { child, log, get };
}
const eventually = (check: () => void | Promise<void>) =>
  vi.waitFor(check, { timeout: 20_000, interval: 100 });

test('it survives PostgreSQL and Redis being away, says so once each, works on, and stops politely', async () => {
  const database = await server.fresh();
  const shop = await testShop(database);
  const wire = await startTestWire(database.urls.workers);
  const { child, log, get } = await startProcess({ DATABASE_URL: wire.url });
  const outages = (event: string, what: string) =>
    log.filter((line) => line.event === event && line.what === what);
  await eventually(async () => expect((await get('/readyz')).status).toBe(200));
  expect(await (await get('/metrics')).text()).toContain('invariant_violations{invariant="double_charge"} 0');

  wire.cut();
  await redis.kill();
  await eventually(async () => expect((await get('/readyz')).status).toBe(503));
  expect((await get('/healthz')).status).toBe(200);
  const { orderId } = await shop.sell();
  await eventually(() => expect(outages('outage.began', 'redis')).toHaveLength(1));
  await eventually(() => expect(outages('outage.began', 'outbox measure')).toHaveLength(1));

  wire.mend();
  await redis.start();
  await eventually(() => expect(mailbox.of(orderId)).toHaveLength(1));
  await eventually(() => expect(outages('outage.ended', 'outbox measure')).toHaveLength(1));
  expect(outages('outage.began', 'redis')).toHaveLength(1);
  expect(outages('outage.ended', 'redis')).toHaveLength(1);

  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  expect(log.at(-1)!.event).toBe('stopped');
  await wire.stop();
  await shop.close();
});

test('killed without warning in the middle of the work, the next process finishes it: one mail each', async () => {
  const database = await server.fresh();
  const shop = await testShop(database);
  const first = await startProcess({ DATABASE_URL: database.urls.workers });
  const sold = await Promise.all(Array.from({ length: 40 }, () => shop.sell()));
  await eventually(() => expect(sold.some(({ orderId }) => mailbox.of(orderId).length > 0)).toBe(true));
  first.child.kill('SIGKILL');
  await startProcess({ DATABASE_URL: database.urls.workers });
  // Jobs the dead process held wait for BullMQ to notice, half a minute at most twice.
  await vi.waitFor(() => expect(sold.every(({ orderId }) => mailbox.of(orderId).length > 0)).toBe(true), {
    timeout: 100_000,
    interval: 200,
  });
  // Eight are in hand at once; each of those may be in the one window that cannot be closed, under the same Message-ID.
  const twice = sold.filter(({ orderId }) => mailbox.of(orderId).length > 1);
  expect(twice.length).toBeLessThanOrEqual(8);
  for (const { orderId } of twice)
    expect(new Set(mailbox.of(orderId).map(({ messageId }) => messageId)).size).toBe(1);
  await shop.close();
}, 150_000);

test('a configuration that is not usable is one error that names every variable, before anything starts', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'main.ts')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, SERVICE_TOKEN: 'short' },
  });
  let said = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  expect(code).not.toBe(0);
  expect(said).toContain('DATABASE_URL');
  expect(said).toContain('SERVICE_TOKEN');
});
