// The scripts are SQL of their own: a schema that moves on must move them along, and both senders must send the same.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../core/db/test-database.ts';
import { partNamed, resolvePart } from '../../stack/parts.ts';
import { quiet } from '../../stack/progress.ts';
import { copyOf, findPgbench, rawDatabase } from './raw-database.ts';
import { dirname } from 'node:path';
import postgres from 'postgres';

let server: TestServer;
let url: string;
beforeAll(async () => {
  server = await startTestServer();
  url = await copyOf((await server.fresh()).ownerUrl);
});
afterAll(() => server.stop());

async function counted() {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  const [row] = await sql<Record<string, number>[]>`
    select (select count(*)::int from orders.orders where state = 'authorized') as orders,
      (select count(*)::int from orders.payment_ledger) as paid,
      (select sum(reserved)::int from orders.stock where sku <> 'RAWHOT') as reserved,
      (select count(*)::int from checkout.carts where status = 'submitted') as carts,
      (select reserved from orders.stock where sku = 'RAWHOT') as hot`;
  await sql.end();
  return row!;
}

async function senders(): Promise<(readonly [string, string | null])[]> {
  const { binaries } = await resolvePart(partNamed('postgres'), { progress: quiet });
  const pgbench = findPgbench(dirname(binaries.postgres!));
  // A machine without pgbench has the loop alone, and then that is what its bench uses.
  return [['a loop of postgres.js', null], ...(pgbench === null ? [] : [['pgbench', pgbench] as const])];
}

test('each sender leaves whole checkouts, one of everything a run', async () => {
  for (const [name, pgbench] of await senders()) {
    const before = await counted();
    const raw = rawDatabase(url, pgbench);
    expect(raw.by).toBe(name);
    expect(await raw.run('raw-checkout.sql', { clients: 2, seconds: 1 })).toBeGreaterThan(0);
    const after = await counted();
    const made = after.orders! - before.orders!;
    expect(made, name).toBeGreaterThan(0);
    for (const what of ['paid', 'reserved', 'carts'])
      expect(after[what]! - (before[what] ?? 0), `${what} by ${name}`).toBe(made);
    expect(await raw.run('raw-hot-row.sql', { clients: 2, seconds: 1 })).toBeGreaterThan(0);
    expect((await counted()).hot! - before.hot!, name).toBeGreaterThan(0);
  }
});
