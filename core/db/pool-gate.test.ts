// Waiting for a connection has an end, and the end is an answer.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createHttpApp } from '../http/app.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { createLog } from '../telemetry/log.ts';
import { openDatabase } from './client.ts';
import { createPoolGate, PoolWaitError } from './pool-gate.ts';
import { startTestServer, type TestServer } from './test-database.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('connections are handed over in the order they were asked for, and none is lost by giving up', async () => {
  const gate = createPoolGate(1, 50);
  expect(gate.enter()).toBeNull();
  const givenUp = gate.enter();
  await expect(givenUp).rejects.toThrow(PoolWaitError);
  const order: string[] = [];
  const first = gate.enter()?.then(() => order.push('first'));
  const second = gate.enter()?.then(() => order.push('second'));
  gate.leave();
  await first;
  gate.leave();
  await second;
  expect(order).toEqual(['first', 'second']);
  gate.leave();
  expect(gate.enter()).toBeNull();
});

/** One connection, held by somebody; a request that needs it meanwhile. */
async function whileHeld(poolWaitMs: number | undefined) {
  const instruments = createInstruments('orders');
  const database = await server.fresh();
  const db = openDatabase(database.urls.orders, {
    poolSize: 1,
    instruments,
    ...(poolWaitMs === undefined ? {} : { poolWaitMs }),
  });
  const app = createHttpApp({
    instruments,
    log: createLog('orders', 'error'),
    ready: () => Promise.resolve(),
  });
  app.get('/v1/atp/:sku', async (c) => c.json(await db.query('look', (sql) => sql`select 1 as one`)));
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let isHeld = false;
  const holder = db.transaction('hold', async (tx) => {
    await tx`select 1`;
    isHeld = true;
    await held;
  });
  await vi.waitFor(() => expect(isHeld).toBe(true), { timeout: 20_000 });
  return {
    answer: () => app.request('/v1/atp/MUG00001'),
    metrics: async () => (await instruments.expose()).body,
    async end() {
      letGo();
      await holder;
      await db.close();
    },
    letGo,
  };
}

test('a request that gets no connection in time is shed with 503, and the next one is served', async () => {
  const { answer, letGo, metrics, end } = await whileHeld(50);
  const shed = await answer();
  expect(shed.status).toBe(503);
  expect(Number(shed.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await metrics()).toContain(
    'http_requests_refused_total{service="orders",priority="read",reason="pool_wait"} 1',
  );
  letGo();
  await vi.waitFor(async () => expect((await answer()).status).toBe(200), { timeout: 20_000 });
  await end();
});

test('without the limit it waits as long as the connection is held', async () => {
  const { answer, letGo, end } = await whileHeld(undefined);
  let answered = false;
  const waiting = Promise.resolve(answer()).then((told) => {
    answered = true;
    return told.status;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  letGo();
  expect(await waiting).toBe(200);
  await end();
});

test('a database that is away is told as an outage, not as a bug', async () => {
  const own = await startTestServer();
  const db = (await own.fresh()).open('checkout');
  await db.query('look', (sql) => sql`select 1`);
  const app = createHttpApp({
    instruments: createInstruments('checkout'),
    log: createLog('checkout', 'error'),
    ready: () => Promise.resolve(),
  });
  app.get('/v1/catalog', async (c) => c.json(await db.query('look', (sql) => sql`select 1`)));
  app.get('/v1/catalog/:sku', () => {
    throw new TypeError('a bug');
  });
  await own.stop();
  const told = await app.request('/v1/catalog');
  expect([told.status, told.headers.get('retry-after')]).toEqual([503, '2']);
  expect((await app.request('/v1/catalog/x')).status).toBe(500);
});
