// A connection that dies under a transaction is an error of that transaction, never the end of the process.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstruments } from '../telemetry/instruments.ts';
import { openDatabase } from './client.ts';
import { startTestServer, type TestServer } from './test-database.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('a transaction whose connection is lost fails once, its work ends at the next statement, and the pool goes on', async () => {
  const database = await server.fresh();
  const db = database.open('workers', 1);
  let afterLoss: unknown = null;
  let ended: (() => void) | null = null;
  const workEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const lost = db.transaction('lose connection', async (tx) => {
    const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await database.owner`select pg_terminate_backend(${row!.pid})`;
    // What a slow mail server does: the work goes on without the database while the connection dies.
    await lost.catch(() => undefined);
    try {
      await tx`select 1`;
    } catch (error) {
      afterLoss = error;
    } finally {
      ended!();
    }
  });
  await expect(lost).rejects.toThrow();
  await workEnded;
  expect(String(afterLoss)).toContain('the transaction is over');
  expect(await db.query('ask again', (sql) => sql`select 1 as one`)).toHaveLength(1);
});

test('how long a connection was waited for and how long it was used is told of every transaction, also of one that fails', async () => {
  const database = await server.fresh();
  const instruments = createInstruments('orders');
  const db = openDatabase(database.urls.orders, { poolSize: 1, poolWaitMs: 1_000, instruments });
  const told = async () => {
    const { body } = await instruments.expose();
    const read = (metric: string) =>
      Number(new RegExp(`^${metric}{service="orders"} (\\S+)$`, 'm').exec(body)?.[1] ?? 0);
    const of = (name: string) => [`${name}_count`, `${name}_sum`].map(read);
    return {
      wait: of('db_client_connection_wait_time_seconds'),
      use: of('db_client_connection_use_time_seconds'),
    };
  };
  const held = db.transaction('hold', (tx) => tx`select pg_sleep(0.2)`);
  const fails = db.transaction('fail', (tx) => tx`select 1 / 0`);
  await Promise.all([held, expect(fails).rejects.toThrow('division by zero')]);
  await db.query('ask', (sql) => sql`select 1`);
  const { wait, use } = await told();
  expect([wait[0], use[0]]).toEqual([3, 3]);
  // The second waited for as long as the first one slept.
  expect(wait[1]).toBeGreaterThan(0.19);
  expect(use[1]).toBeGreaterThan(0.19);
  await db.close();
});
