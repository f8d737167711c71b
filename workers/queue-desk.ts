// What a person does with a queue: look, pause, resume, let it run empty, fill it again from the outbox.
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../core/db/client.ts';
import { unhandledBy } from './lost-jobs.ts';
import { type QueueName, queues } from './queues.ts';
import type { Producer } from './redis.ts';

export interface QueueState {
  readonly name: QueueName;
  readonly paused: boolean;
  readonly waiting: number;
  readonly active: number;
  /** Failed and waiting for their next run. */
  readonly delayed: number;
  readonly failed: number;
  readonly cap: number;
  /** In the outbox, published or not, and not handled by this queue's consumer; dead letters apart. */
  readonly unhandled: number;
}

export async function queueStates(db: Database, producer: Producer): Promise<QueueState[]> {
  return Promise.all(
    queues.map(async ({ name, cap }) => {
      const queue = await producer.queue(name);
      const [counts, paused, unhandled] = await Promise.all([
        queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
        queue.isPaused(),
        countUnhandled(db, name),
      ]);
      const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
      return { name, paused, waiting, active, delayed, failed, cap, unhandled };
    }),
  );
}

async function countUnhandled(db: Database, name: QueueName): Promise<number> {
  const [row] = await db.query(
    'count unhandled',
    (sql) =>
      sql<{ n: number }[]>`select count(*)::int as n from orders.outbox o where ${unhandledBy(sql, name)}`,
  );
  return row!.n;
}

/** Jobs in hand are finished; no other is begun by any process until `resumeQueue`. */
export const pauseQueue = async (producer: Producer, name: QueueName): Promise<void> =>
  (await producer.queue(name)).pause();

export const resumeQueue = async (producer: Producer, name: QueueName): Promise<void> =>
  (await producer.queue(name)).resume();

export type Drained =
  | { readonly kind: 'empty' }
  /** It would never run empty. */
  | { readonly kind: 'paused' }
  | { readonly kind: 'not_in_time'; readonly left: QueueState };

const lookEveryMs = 250;

/** Waits until nothing is left for this queue to do; throws nothing away. */
export async function drainQueue(
  db: Database,
  producer: Producer,
  name: QueueName,
  { withinMs, signal }: { readonly withinMs: number; readonly signal?: AbortSignal },
): Promise<Drained> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const left = (await queueStates(db, producer)).find((state) => state.name === name)!;
    if (left.paused) return { kind: 'paused' };
    if (left.waiting + left.active + left.delayed + left.unhandled === 0) return { kind: 'empty' };
    if (performance.now() > endsAt) return { kind: 'not_in_time', left };
    await pause(lookEveryMs, undefined, { signal });
  }
}
