// How much waits: in the outbox, in the queues. Published on its own, so that it is known while reconciliation is not.
import type { Database } from '../core/db/client.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { redisMemoryUsed, redisUp } from '../core/telemetry/metrics/platform.ts';
import {
  outboxOldestAge,
  outboxPending,
  queueJobs,
  queuePaused,
} from '../core/telemetry/metrics/pipeline.ts';
import { queues } from './queues.ts';
import type { Producer } from './redis.ts';

export async function measureOutbox(db: Database, instruments: Instruments): Promise<void> {
  const [row] = await db.query(
    'measure outbox',
    (sql) => sql<{ pending: number; oldest_s: number }[]>`
      select count(*)::int as pending,
        coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as oldest_s
      from orders.outbox where published_at is null`,
  );
  instruments.set(outboxPending, {}, row!.pending);
  instruments.set(outboxOldestAge, {}, Math.max(0, row!.oldest_s));
}

export async function measureQueues(producer: Producer, instruments: Instruments): Promise<void> {
  for (const { name } of queues) {
    const queue = await producer.queue(name);
    const [counts, paused] = await Promise.all([
      queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
      queue.isPaused(),
    ]);
    instruments.set(queuePaused, { queue: name }, paused ? 1 : 0);
    for (const state of ['waiting', 'active', 'delayed', 'failed'] as const)
      instruments.set(queueJobs, { queue: name, state }, counts[state] ?? 0);
  }
}

/** Said also while it is away: that is when it matters. */
export async function measureRedis(producer: Producer, instruments: Instruments): Promise<void> {
  const used = await producer.memoryUsed();
  instruments.set(redisUp, {}, used === null ? 0 : 1);
  if (used !== null) instruments.set(redisMemoryUsed, {}, used);
}
