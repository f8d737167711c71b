// What a run makes in a PostgreSQL or Redis that is not ours: written down before it is made, taken away by the run or the next.
import { Redis } from 'ioredis';
import connect from 'postgres';

export type Outside =
  | {
      readonly kind: 'database';
      readonly url: string;
      readonly name: string;
      /** Roles that were not there before: roles belong to the cluster and outlive the database. */
      readonly roles: readonly string[];
    }
  | { readonly kind: 'redis'; readonly url: string; readonly runId: string };

/** Says in a Redis that what is in it belongs to a run; without it nothing there is touched. */
export const redisMark = 'headroom:run';

export function clearOutside(outside: Outside): Promise<void> {
  return outside.kind === 'database' ? dropDatabase(outside) : emptyRedis(outside);
}

// PostgreSQL's code for "dependent objects still exist": another database's run uses the role too, so it stays.
const stillUsed = '2BP01';

async function dropDatabase({ url, name, roles }: Extract<Outside, { kind: 'database' }>): Promise<void> {
  const sql = connect(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    await sql`drop database if exists ${sql(name)} with (force)`;
    for (const role of roles) {
      await sql`drop role if exists ${sql(role)}`.catch((error: Error & { code?: string }) => {
        if (error.code !== stillUsed) throw error;
      });
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function emptyRedis({ url, runId }: Extract<Outside, { kind: 'redis' }>): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    retryStrategy: () => null,
  });
  client.on('error', () => {}); // reported by the call that fails
  try {
    await client.connect();
    if ((await client.get(redisMark)) === runId) await client.flushdb();
  } finally {
    client.disconnect();
  }
}

/** For a person, without the password. */
export function outsideText(outside: Outside): string {
  const { host } = new URL(outside.url);
  return outside.kind === 'database' ? `database ${outside.name} at ${host}` : `Redis at ${host}`;
}
