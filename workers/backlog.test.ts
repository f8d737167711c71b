import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createInstruments } from '../core/telemetry/instruments.ts';
import { createLog } from '../core/telemetry/log.ts';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { measureRedis } from './backlog.ts';
import { connectProducer, type Producer } from './redis.ts';
import { startTestRedis, type TestRedis } from './test-parts.ts';

let redis: TestRedis;
let producer: Producer;
beforeAll(async () => {
  const part = await resolvePart(partNamed('redis'), { progress: quiet });
  redis = await startTestRedis(part.binaries['redis-server']!, part.environment);
  producer = connectProducer(redis.url, createLog('workers', 'error'));
  await vi.waitFor(() => expect(producer.isReady()).toBe(true));
});
afterAll(async () => {
  await producer.close();
  await redis.stop();
});

async function measured() {
  const instruments = createInstruments('workers');
  await measureRedis(producer, instruments);
  const lines = (await instruments.expose()).body.split('\n');
  const gauge = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
  return { up: gauge('redis_up'), used: gauge('redis_memory_used_ratio') };
}

test('how full Redis is, is a share of its limit; one that is away is said to be', async () => {
  expect(await measured()).toEqual({ up: 1, used: 0 });
  const client = new Redis(redis.url);
  const used = Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]);
  await client.config('SET', 'maxmemory', String(used * 2));
  const half = await measured();
  expect(half.used).toBeGreaterThan(0.4);
  expect(half.used).toBeLessThan(0.7);
  client.disconnect();
  await redis.kill();
  await vi.waitFor(async () => expect(await measured()).toEqual({ up: 0, used: 0 }));
});
