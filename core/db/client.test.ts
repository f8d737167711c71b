// A connection that dies under a transaction is an error of that transaction, never the end of the process.
import { afterAll, beforeAll, expect, test } from 'vitest';
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
