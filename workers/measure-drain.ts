// How fast a full queue is emptied: by our consumer, whose effect is in PostgreSQL, and by a bare BullMQ worker that does
// nothing. Same Redis, same jobs, same concurrency; the clock runs from the worker's start to its last job.
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import type { Envelope } from '../core/contracts/events.ts';
import type { Database } from '../core/db/client.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import type { Log } from '../core/telemetry/log.ts';
import { startConsumer } from './consumer.ts';
import { orderEventHandler } from './order-events.ts';
import { jobOf } from './outbox-relay.ts';
import { queueNamed } from './queues.ts';
import { connectProducer } from './redis.ts';

export interface DrainDeps {
  readonly db: Database;
  readonly redisUrl: string;
  readonly instruments: Instruments;
  readonly log: Log;
}

const spec = queueNamed('order-events');
const bareName = 'bare';
const bulk = 1_000;
const lookEveryMs = 10;
/** A hundred times what it takes; a queue that does not empty says so instead of being waited for. */
const limitMs = 120_000;

/** Jobs a second of our consumer. Makes its own events; the queue must be empty and nobody else may work on it. */
export async function drainOurs(
  { db, redisUrl, instruments, log }: DrainDeps,
  jobs: number,
): Promise<number> {
  const events = await announceMany(db, jobs);
  const producer = connectProducer(redisUrl, log);
  try {
    return await emptied(spec.name, redisUrl, events, () =>
      startConsumer(spec, { redisUrl, producer, instruments, log }, orderEventHandler(db, instruments)),
    );
  } finally {
    await producer.close();
  }
}

/** Jobs a second of a worker with an empty handler, on a connection as BullMQ opens it: how ours writes is part of ours. */
export const drainBare = ({ redisUrl }: Pick<DrainDeps, 'redisUrl'>, jobs: number): Promise<number> =>
  emptied(
    bareName,
    redisUrl,
    Array.from({ length: jobs }, () => envelopeOf()),
    () =>
      new Worker(bareName, async () => undefined, {
        connection: { url: redisUrl, maxRetriesPerRequest: null },
        concurrency: spec.concurrency,
      }),
  );

async function emptied(
  name: string,
  url: string,
  envelopes: readonly Envelope[],
  start: () => { close(): Promise<void> },
): Promise<number> {
  const queue = new Queue(name, { connection: { url } });
  try {
    // What was finished before is remembered up to a number of jobs: at that number nothing more is counted.
    await queue.obliterate({ force: true });
    for (let at = 0; at < envelopes.length; at += bulk)
      await queue.addBulk(envelopes.slice(at, at + bulk).map((envelope) => jobOf(envelope, spec.attempts)));
    const started = performance.now();
    const worker = start();
    for (let done = 0; done < envelopes.length; done = await finishedJobs(queue)) {
      if (performance.now() - started > limitMs)
        throw new Error(
          `${envelopes.length - done} of ${envelopes.length} jobs are left after ${limitMs / 1000} s`,
        );
      await pause(lookEveryMs);
    }
    const seconds = (performance.now() - started) / 1000;
    await worker.close();
    return envelopes.length / seconds;
  } finally {
    await queue.obliterate({ force: true });
    await queue.close();
  }
}

async function finishedJobs(queue: Queue): Promise<number> {
  const { completed = 0, failed = 0 } = await queue.getJobCounts('completed', 'failed');
  if (failed > 0) throw new Error(`${failed} jobs failed: a drain of failures measures nothing`);
  return completed;
}

function envelopeOf(): Envelope {
  const order_id = `ord_${randomUUID()}`;
  return {
    event: { version: 1, event_id: randomUUID(), type: 'order.placed', order_id, occurred_at_ms: Date.now() },
    // Of a sampled trace, like every event of a submission.
    traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
    correlation_id: order_id,
    deadline_ms: Date.now() + 60_000,
  };
}

/** Events in the outbox as the relay leaves them: published, handled by nobody. */
async function announceMany(db: Database, count: number): Promise<Envelope[]> {
  const envelopes = Array.from({ length: count }, () => envelopeOf());
  for (let at = 0; at < count; at += bulk) {
    const rows = envelopes.slice(at, at + bulk).map(({ event }) => event);
    await db.query(
      'announce many',
      (sql) => sql`
        insert into orders.outbox (event_id, type, order_id, payload, correlation_id, deadline_at, published_at)
        select (e->>'event_id')::uuid, e->>'type', e->>'order_id', e, e->>'order_id', now() + interval '1 minute', now()
        from jsonb_array_elements(${sql.json(rows as never)}::jsonb) as e`,
    );
  }
  return envelopes;
}
