// What the database alone can do on this machine: the same durable writes by pgbench, or where it is missing by a loop of ours.
import { execFile } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { createDatabase } from '../../stack/postgres.ts';
import type { Ground } from '../ground.ts';

export type RawScript = 'raw-checkout.sql' | 'raw-hot-row.sql';

export interface RawDatabase {
  /** Who sends the statements. */
  readonly by: 'pgbench' | 'a loop of postgres.js';
  /** Runs of the script a second. */
  run(script: RawScript, load: { readonly clients: number; readonly seconds: number }): Promise<number>;
}

const shelves = 2_000;

/** A copy of the shop's database, so that its rows are in nobody's ledger. */
export async function makeRawDatabase({
  ownerUrl,
  postgresPrograms,
}: Pick<Ground, 'ownerUrl' | 'postgresPrograms'>): Promise<RawDatabase> {
  const url = await copyOf(ownerUrl);
  const pgbench = findPgbench(postgresPrograms);
  return rawDatabase(url, pgbench);
}

/** `pgbench`: its path, or null for the loop. */
export function rawDatabase(url: string, pgbench: string | null): RawDatabase {
  return pgbench === null
    ? { by: 'a loop of postgres.js', run: (script, load) => runLoop(url, script, load) }
    : { by: 'pgbench', run: (script, load) => runPgbench(pgbench, url, script, load) };
}

export async function copyOf(ownerUrl: string): Promise<string> {
  const name = `${new URL(ownerUrl).pathname.slice(1)}_raw`;
  const admin = new URL(ownerUrl);
  admin.pathname = '/postgres';
  const url = await createDatabase(admin.href, name, new URL(ownerUrl).pathname.slice(1));
  const sql = postgres(url, { max: 1 });
  try {
    await sql`insert into orders.stock (sku, location_id, on_hand)
      select 'RAW' || shelf, 'LON-1', 1000000 from generate_series(1, ${shelves}) as shelf`;
    await sql`insert into orders.stock (sku, location_id, on_hand) values ('RAWHOT', 'LON-1', 100000000)`;
    await sql`insert into orders.orders (public_id, checkout_id, state, market, currency, total_minor, email, address, shipping_method)
      values ('rawhot', 'rawhot', 'pending_payment', 'GB', 'GBP', 1, 'raw@shop.example', '{}', 'standard')`;
  } finally {
    await sql.end({ timeout: 5 });
  }
  return url;
}

/** Beside the server's own programs first: the same version. */
export function findPgbench(programs: string | null): string | null {
  const places = [programs ?? '', ...(process.env.PATH ?? '').split(delimiter)].filter(
    (place) => place !== '',
  );
  for (const place of places) {
    const program = join(place, 'pgbench');
    try {
      accessSync(program, constants.X_OK);
      return program;
    } catch {
      // Not there, or not ours to run: the next place.
    }
  }
  return null;
}

const fileOf = (script: RawScript) => join(import.meta.dirname, script);

async function runPgbench(
  pgbench: string,
  url: string,
  script: RawScript,
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
): Promise<number> {
  const args = [
    '-n',
    '-M',
    'prepared',
    '-f',
    fileOf(script),
    '-c',
    `${clients}`,
    '-j',
    '1',
    '-T',
    `${seconds}`,
    url,
  ];
  const { stdout } = await promisify(execFile)(pgbench, args);
  const rate = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
  if (rate === undefined) throw new Error(`${dirname(pgbench)}/pgbench told no rate: ${stdout}`);
  return Number(rate);
}

async function runLoop(
  url: string,
  script: RawScript,
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
): Promise<number> {
  const statements = statementsOf(readFileSync(fileOf(script), 'utf8'));
  const sql = postgres(url, { max: clients });
  const until = performance.now() + seconds * 1_000;
  let runs = 0;
  const walk = async () => {
    const connection = await sql.reserve();
    while (performance.now() < until) {
      const n = Math.floor(Math.random() * 9e12);
      const s = 1 + Math.floor(Math.random() * shelves);
      for (const statement of statements)
        await connection.unsafe(statement.replaceAll(/:n\b/g, `${n}`).replaceAll(/:s\b/g, `${s}`));
      runs += 1;
    }
    connection.release();
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: clients }, walk));
  const rate = runs / ((performance.now() - started) / 1_000);
  await sql.end({ timeout: 5 });
  return rate;
}

/** Without pgbench's own commands and comments. */
const statementsOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => !/^\s*(--|\\)/.test(line))
    .join('\n')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
