import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { transitions } from '../orders/order.ts';
import { migrate, readMigrations } from './migrate.ts';
import { seed } from './seed.ts';
import { startTestServer, type TestServer } from './test-database.ts';

const rolePasswords = { headroom_checkout: 'a', headroom_orders: 'b', headroom_workers: 'c' };
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** An empty database beside the migrated ones. */
async function emptyDatabase(name: string): Promise<string> {
  const { owner, ownerUrl } = await server.fresh();
  await owner.unsafe(`create database ${name}`);
  return ownerUrl.replace(/\/test_[0-9a-f]+$/, `/${name}`);
}

describe('migrations', () => {
  test('two migrators at the same moment apply each file once between them', async () => {
    const ownerUrl = await emptyDatabase('two_migrators');
    const applied = await Promise.all([
      migrate({ ownerUrl, rolePasswords }),
      migrate({ ownerUrl, rolePasswords }),
    ]);
    const shipped = (await readMigrations()).map((migration) => migration.name);
    expect(applied.flat().sort()).toEqual(shipped);
    expect(await migrate({ ownerUrl, rolePasswords })).toEqual([]);
  });

  test('an applied file that changed is refused by name, and a broken file leaves nothing behind', async () => {
    const ownerUrl = await emptyDatabase('changed_file');
    const directory = await mkdtemp(join(tmpdir(), 'headroom-migrations-'));
    await writeFile(join(directory, '0001_first.sql'), 'create table first_table (id int);');
    await migrate({ ownerUrl, rolePasswords, directory });
    await writeFile(
      join(directory, '0002_broken.sql'),
      'create table second_table (id int); select no_such();',
    );
    await expect(migrate({ ownerUrl, rolePasswords, directory })).rejects.toThrow('no_such');
    await writeFile(join(directory, '0002_broken.sql'), 'create table second_table (id int);');
    expect(await migrate({ ownerUrl, rolePasswords, directory })).toEqual(['0002_broken.sql']);
    await writeFile(join(directory, '0001_first.sql'), 'create table first_table (id bigint);');
    await expect(migrate({ ownerUrl, rolePasswords, directory })).rejects.toThrow(
      '0001_first.sql was changed',
    );
    await rm(directory, { recursive: true });
  });

  test('the legal transitions in the database are those of the order machine', async () => {
    const { owner } = await server.fresh();
    const rows = await owner`select from_state as from, event, to_state as to from orders.legal_transitions`;
    const line = (row: { from?: string; event?: string; to?: string }) =>
      `${row.from} ${row.event} ${row.to}`;
    expect(rows.map(line).sort()).toEqual(transitions.map(line).sort());
  });
});

describe('the seed', () => {
  test('fills catalogue and stock, and a second seed puts nothing sold back on the shelf', async () => {
    const { owner, ownerUrl } = await server.fresh({ seeded: true });
    const [before] =
      await owner`select count(*) as variants, (select count(*) from orders.stock) as stock from checkout.variants`;
    expect(before).toEqual({ variants: 1958, stock: 1958 });
    await owner`update orders.stock set on_hand = 1`;
    await seed({ ownerUrl });
    const [after] = await owner`select count(*) as rows, max(on_hand) as most from orders.stock`;
    expect(after).toEqual({ rows: 1958, most: 1 });
  });
});

describe('roles', () => {
  const refused = (url: string, statement: string) => {
    const sql = postgres(url, { max: 1 });
    return expect(sql.unsafe(statement).finally(() => sql.end())).rejects.toThrow('permission denied');
  };

  test('a role cannot write the other service’s tables, and workers cannot write checkout’s', async () => {
    const { urls } = await server.fresh();
    await refused(urls.checkout, 'update orders.stock set reserved = 0');
    await refused(urls.checkout, 'select * from orders.orders');
    await refused(urls.orders, `update checkout.carts set status = 'open'`);
    await refused(urls.workers, 'delete from checkout.cart_lines');
    await refused(urls.orders, 'truncate orders.outbox');
    await refused(urls.orders, `delete from orders.payment_ledger`);
    await refused(
      urls.workers,
      `insert into orders.legal_transitions values ('cancelled', 'x', 'authorized')`,
    );
  });
});
