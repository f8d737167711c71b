// Where a job's trace hangs, what is retried when, and that a full queue holds the relay, not the shop.
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import type { Log } from '../core/telemetry/log.ts';
import { startTracing } from '../core/telemetry/tracing.ts';
import { sayFailed, traceOf } from './consumer.ts';
import { relayRound } from './outbox-relay.ts';
import { backoffMs, queueNamed, queues } from './queues.ts';
import type { JobQueue, Producer } from './redis.ts';
import { testShop } from './test-shop.ts';

let server: TestServer;
let stopTracing: () => Promise<void>;
beforeAll(async () => {
  stopTracing = startTracing('workers', undefined);
  server = await startTestServer();
});
afterAll(async () => {
  await Promise.all([server.stop(), stopTracing()]);
});

const traceId = '0af7651916cd43dd8448eb211c80319c';
const now = 1_800_000_000_000;
const envelope = (ageMs: number) => ({
  event: {
    version: 1 as const,
    event_id: '3f2a1c9e-1111-4222-8333-444455556666',
    type: 'order.authorized' as const,
    order_id: 'ord_1',
    occurred_at_ms: now - ageMs,
  },
  traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  correlation_id: 'ord_1',
  deadline_ms: now,
});

test('a job younger than a minute is a child of the click; an older one gets a trace of its own that links to it', () => {
  const young = traceOf(envelope(59_000), now);
  expect(trace.getSpanContext(young.parent)?.traceId).toBe(traceId);
  expect(young.links).toEqual([]);
  const old = traceOf(envelope(60_000), now);
  expect(old.parent).toBe(ROOT_CONTEXT);
  expect(old.links[0]?.context.traceId).toBe(traceId);
});

test('a job that failed says so in the trace of its click, and one that is no job at all says so too', () => {
  const said: { event: string; trace: string | undefined }[] = [];
  // The log takes its trace id from where it is called.
  const warn = (event: string) =>
    void said.push({ event, trace: trace.getSpanContext(context.active())?.traceId });
  const log = { warn } as unknown as Log;
  const failed = { id: 'j', attemptsMade: 1, data: envelope(0) };
  sayFailed(log, queueNamed('notifications'), failed, new Error('refused'));
  sayFailed(log, queueNamed('notifications'), { ...failed, data: 'poison' }, new Error('refused'));
  expect(said).toEqual([
    { event: 'job.failed', trace: traceId },
    { event: 'job.failed', trace: undefined },
  ]);
});

test('an event without a trace is handled without one', () => {
  const { parent, links } = traceOf({ ...envelope(90_000), traceparent: null }, now);
  expect(trace.getSpanContext(parent)).toBeUndefined();
  expect(links).toEqual([]);
});

test('pauses between runs double up to their limit, and all runs together outlast a quarter of an hour', () => {
  const spec = queueNamed('notifications');
  expect(backoffMs(spec, 1, () => 1)).toBe(250);
  expect(backoffMs(spec, 4, () => 1)).toBe(2_000);
  expect(backoffMs(spec, 40, () => 1)).toBe(15_000);
  expect(backoffMs(spec, 40, () => 0)).toBe(7_500);
  for (const queue of queues) {
    const mean = Array.from({ length: queue.attempts - 1 }, (_, i) => backoffMs(queue, i + 1, () => 0.5));
    expect(mean.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(10 * 60_000);
  }
});

test('a full queue stops the relay: nothing is published, nothing is lost, the outbox waits', async () => {
  const shop = await testShop(await server.fresh());
  await shop.sell();
  let waiting = queueNamed('notifications').cap;
  const added: string[] = [];
  // Fifty thousand real jobs would say the same in a minute.
  const queue = (name: string) =>
    ({
      name,
      getJobCountByTypes: () => Promise.resolve(waiting),
      addBulk: (jobs: { opts: { jobId: string } }[]) => {
        added.push(...jobs.map(({ opts }) => `${name} ${opts.jobId}`));
        return Promise.resolve([]);
      },
    }) as unknown as JobQueue;
  const producer = { isReady: () => true, queue: (name: string) => Promise.resolve(queue(name)) } as Producer;
  expect(await relayRound(shop.db, producer)).toMatchObject({ kind: 'full' });
  expect(added).toEqual([]);
  waiting -= 1;
  expect(await relayRound(shop.db, producer)).toEqual({ kind: 'published', count: 1, more: false });
  expect(added).toHaveLength(2);
  expect(await relayRound(shop.db, producer)).toEqual({ kind: 'published', count: 0, more: false });
  await shop.close();
});
