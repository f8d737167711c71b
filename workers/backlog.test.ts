import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createInstruments } from '../core/telemetry/instruments.ts';
import { createLog } from '../core/telemetry/log.ts';
import { queueNames } from '../core/telemetry/metrics/pipeline.ts';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { measureQueues, measureRedis } from './backlog.ts';
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

test('a queue that somebody paused is said to be, also when another process did it, until it is resumed', async () => {
  const paused = async () => {
    const instruments = createInstruments('workers');
    await measureQueues(producer, instruments);
    const { body } = await instruments.expose();
    return queueNames.filter((name) => body.includes(`queue_paused{queue="${name}"} 1`));
  };
  expect(await paused()).toEqual([]);
  const elsewhere = connectProducer(redis.url, createLog('workers', 'error'));
  await vi.waitFor(() => expect(elsewhere.isReady()).toBe(true));
  await (await elsewhere.queue('notifications')).pause();
  expect(await paused()).toEqual(['notifications']);
  await (await elsewhere.queue('notifications')).resume();
  expect(await paused()).toEqual([]);
  await elsewhere.close();
});

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
