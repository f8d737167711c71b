// Roles first, then the numbered migrations, each once. Two migrators at the same time are safe; an applied file never changes.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import type { Log } from '../telemetry/log.ts';

export const databaseRoles = ['headroom_checkout', 'headroom_orders', 'headroom_workers'] as const;
export type DatabaseRole = (typeof databaseRoles)[number];

export interface Migration {
  readonly name: string;
  readonly sha256: string;
  readonly text: string;
}

export interface MigrateOptions {
  /** Owner of the database, who may create roles. */
  readonly ownerUrl: string;
  readonly rolePasswords: Readonly<Record<DatabaseRole, string>>;
  readonly log?: Log;
  /** Where the numbered files are; a test hands in its own. */
  readonly directory?: string;
}

const shipped = join(import.meta.dirname, 'migrations');
// Any constant serves, as long as every version of this program uses the same one.
const migratorsLock = 4_815_162;
const lockWaitMs = 60_000;

/** Brings the database to the newest schema; the result names what was applied now. */
export async function migrate({
  ownerUrl,
  rolePasswords,
  log,
  directory = shipped,
}: MigrateOptions): Promise<string[]> {
  const migrations = await readMigrations(directory);
  // One connection: the advisory lock belongs to it and ends with it, however this ends.
  const sql = postgres(ownerUrl, {
    max: 1,
    onnotice: () => undefined,
    connection: { application_name: 'headroom-migrate', lock_timeout: lockWaitMs },
  });
  try {
    await sql`select pg_advisory_lock(${migratorsLock})`;
    for (const role of databaseRoles) await ensureRole(sql, role, rolePasswords[role]);
    const applied = await appliedHashes(sql);
    assertHistoryKept(migrations, applied);
    const missing = migrations.filter((migration) => !applied.has(migration.name));
    for (const migration of missing) {
      await sql.begin(async (tx) => {
        await tx.unsafe(migration.text);
        await tx`insert into public.headroom_migrations (name, sha256) values (${migration.name}, ${migration.sha256})`;
      });
      log?.info('db.migrated', { migration: migration.name });
    }
    return missing.map((migration) => migration.name);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

export async function readMigrations(directory: string = shipped): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  for (const name of names) {
    if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(name))
      throw new Error(`migration ${name} is not named like 0001_words.sql`);
  }
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(directory, name), 'utf8');
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

/** Roles belong to the cluster, so another database's migrator may have made it a moment ago. */
async function ensureRole(sql: postgres.Sql, role: DatabaseRole, password: string): Promise<void> {
  const [statement] = await sql<[{ text: string }]>`
    select format(
      'do $do$ begin create role %1$I; exception when duplicate_object or unique_violation then null; end $do$;
       alter role %1$I login nosuperuser nocreatedb nocreaterole password %2$L',
      ${role}::text, ${password}::text) as text`;
  await sql.unsafe(statement.text);
}

async function appliedHashes(sql: postgres.Sql): Promise<Map<string, string>> {
  await sql`create table if not exists public.headroom_migrations (
    name text primary key, sha256 text not null, applied_at timestamptz not null default now())`;
  const rows = await sql<
    { name: string; sha256: string }[]
  >`select name, sha256 from public.headroom_migrations`;
  return new Map(rows.map((row) => [row.name, row.sha256]));
}

function assertHistoryKept(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  const hashes = new Map(migrations.map((migration) => [migration.name, migration.sha256]));
  for (const [name, sha256] of applied) {
    if (!hashes.has(name))
      throw new Error(
        `migration ${name} was applied to this database but is not shipped: the program is older`,
      );
    if (hashes.get(name) !== sha256)
      throw new Error(`migration ${name} was changed after it was applied; write a new file instead`);
  }
}
