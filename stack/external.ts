// A PostgreSQL or Redis of the user's own, named by URL: looked at before anything starts, left running afterwards.
import { Redis } from 'ioredis';
import connect from 'postgres';
import { redisMark } from './outside.ts';
import type { Part } from './part.ts';
import { createDatabase } from './postgres.ts';
import type { Run } from './run.ts';
import type { Running } from './running.ts';
import { UsageError } from './usage-error.ts';
import { compareVersions, versionIn } from './version.ts';

/** The run gets a database of its own there, and takes it away again, with those of `roles` that were not there before. */
export async function useExternalPostgres(
  run: Run,
  part: Part,
  url: string,
  roles: readonly string[] = [],
): Promise<Running> {
  const sql = connect(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  const found = await sql<{ server_version: string }[]>`show server_version`.then(
    async ([row]) => ({
      version: versionIn(row!.server_version) ?? '0',
      there: await sql<
        { rolname: string }[]
      >`select rolname from pg_roles where rolname = any(${[...roles]})`,
    }),
    async (error: Error) => {
      await sql.end({ timeout: 1 });
      throw unreachable(part, url, error);
    },
  );
  await sql.end({ timeout: 5 });
  assertNewEnough(part, found.version);
  const before = new Set(found.there.map(({ rolname }) => rolname));
  const name = `headroom_${run.id.replace(/\W/g, '_').toLowerCase()}`;
  run.alsoClear({ kind: 'database', url, name, roles: roles.filter((role) => !before.has(role)) });
  const own = await createDatabase(url, name);
  return notOurs(part, own, found.version);
}

/** Queues need a Redis that evicts nothing, and an empty database: jobs of another run would be worked on. */
export async function useExternalRedis(run: Run, part: Part, url: string): Promise<Running> {
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    retryStrategy: () => null,
  });
  client.on('error', () => {}); // reported by the call that fails
  try {
    await client.connect();
    assertNewEnough(
      part,
      versionIn(`v${/redis_version:(\S+)/.exec(await client.info('server'))?.[1]}`) ?? '0',
    );
    const [, policy] = (await client.config('GET', 'maxmemory-policy')) as [string, string];
    if (policy !== 'noeviction')
      throw new UsageError(`${part.urlVariable}: maxmemory-policy is ${policy}, the queues need noeviction`);
    if ((await client.dbsize()) > 0)
      throw new UsageError(`${part.urlVariable}: that database is not empty, name an empty one (…/1)`);
    run.alsoClear({ kind: 'redis', url, runId: run.id });
    await client.set(redisMark, run.id);
  } catch (error) {
    throw (error as Error).name === 'UsageError' ? error : unreachable(part, url, error as Error);
  } finally {
    client.disconnect();
  }
  return notOurs(part, url, 'running');
}

function unreachable(part: Part, url: string, error: Error): UsageError {
  const { host } = new URL(url); // never the password
  return new UsageError(
    `${part.urlVariable}: ${part.title} at ${host} cannot be used: ${(error.message || (error as NodeJS.ErrnoException).code) ?? 'no answer'}`,
  );
}

function assertNewEnough(part: Part, version: string): void {
  if (compareVersions(version, part.minimumVersion) >= 0) return;
  throw new UsageError(
    `${part.urlVariable}: ${part.title} ${version} is too old, at least ${part.minimumVersion} is needed`,
  );
}

function notOurs(part: Part, url: string, version: string): Running {
  const refuse = (): never => {
    throw new UsageError(`${part.title} is not ours to stop: ${part.urlVariable} names it`);
  };
  return {
    name: part.name,
    pid: 0,
    url,
    version,
    stop: async () => {},
    kill: refuse,
    pause: refuse,
    resume: refuse,
    again: refuse,
    exited: new Promise(() => {}),
  };
}
