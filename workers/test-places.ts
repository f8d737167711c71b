// Everywhere a shop under test leaves words behind, and which of these places hold a text.
import { NodeSDK, tracing } from '@opentelemetry/sdk-node';
import { Redis } from 'ioredis';
import type { Sql } from '../core/db/client.ts';

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

async function tablesHolding(owner: Sql, text: string): Promise<string[]> {
  const tables = await owner<{ name: string }[]>`
    select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
    where table_schema in ('checkout', 'orders', 'ops') and table_type = 'BASE TABLE' order by 1`;
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await owner.unsafe(`select from ${name} t where t::text like $1 limit 1`, [`%${text}%`]);
    if (row !== undefined) found.push(name);
  }
  return found;
}

/** Every span of this process from now on. */
export function recordSpans(): { text(): string; stop(): Promise<void> } {
  const spans = new tracing.InMemorySpanExporter();
  const sdk = new NodeSDK({
    autoDetectResources: false,
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
    sampler: new tracing.AlwaysOnSampler(),
    spanProcessors: [new tracing.SimpleSpanProcessor(spans)],
  });
  sdk.start();
  return {
    text: () =>
      JSON.stringify(
        spans.getFinishedSpans().map((span) => [span.name, span.attributes, span.events, span.status]),
      ),
    stop: () => sdk.shutdown(),
  };
}
