// Everywhere a shop under test leaves words behind, and which of these places hold a text.
import { Redis } from 'ioredis';
import type { Sql } from '../core/db/client.ts';
import { tablesHolding } from '../core/db/test-tables.ts';

export interface Places {
  /** By name, the text that is there now. */
  readonly texts: Readonly<Record<string, () => string | Promise<string>>>;
  readonly redisUrl: string;
  readonly owner: Sql;
}

/** Names of the places, and of the tables, that hold `text`. */
export async function placesHolding(text: string, { texts, redisUrl, owner }: Places): Promise<string[]> {
  const found: string[] = [];
  for (const [name, read] of Object.entries(texts)) if ((await read()).includes(text)) found.push(name);
  if ((await everythingIn(redisUrl)).includes(text)) found.push('jobs');
  return [...found, ...(await tablesHolding(owner, text))];
}

async function everythingIn(redisUrl: string): Promise<string> {
  const client = new Redis(redisUrl);
  const dumped: unknown[] = [];
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    if (type === 'hash') dumped.push(key, await client.hgetall(key));
    else if (type === 'list') dumped.push(key, await client.lrange(key, 0, -1));
    else if (type === 'zset') dumped.push(key, await client.zrange(key, '0', '-1'));
    else if (type === 'set') dumped.push(key, await client.smembers(key));
    else if (type === 'stream') dumped.push(key, await client.xrange(key, '-', '+'));
    else dumped.push(key, await client.get(key));
  }
  client.disconnect();
  return JSON.stringify(dumped);
}
