// Carries order events from the outbox to the queues, at least once. One round:
//
//   Redis away?      → nothing is claimed, the outbox keeps everything
//   claim a batch    → rows locked FOR UPDATE SKIP LOCKED: any number of relays, each with rows of its own
//   a queue is full? → the transaction ends without a word, the rows are claimable again
//   publish          → one addBulk a queue, the job's id is the event's id
//   mark published   → committed with the locks
//
// The outbox is asked every OUTBOX_POLL_MS and tells nobody: commits with a NOTIFY in them wait for each other, the disk
// included, and every order would pay that for the 50 ms of its mail's minute.
//
// Death after publishing and before the commit publishes the batch again. The queue knows the ids of an hour, the
// consumers' inbox knows them for ever, so the effect happens once.
import type { Envelope } from '../core/contracts/events.ts';
import type { Database, Tx } from '../core/db/client.ts';
import { claimBatch, markPublished, type OutboxRow } from '../core/outbox/outbox.ts';
import { batchSpan, eventsASpan } from './batch-span.ts';
import { consumersOf, type QueueName, queueNamed, rememberFinished } from './queues.ts';
import type { JobQueue, Producer } from './redis.ts';

// A round costs the same few round trips and one commit however much it carries; past this the rows are locked for too
// long beside another relay.
const batchSize = 500;

export type RelayResult =
  | { readonly kind: 'redis_away' }
  | { readonly kind: 'published'; readonly count: number; readonly more: boolean }
  | { readonly kind: 'full'; readonly queue: QueueName };

export async function relayRound(db: Database, producer: Producer): Promise<RelayResult> {
  if (!producer.isReady()) return { kind: 'redis_away' };
  return db.transaction('relay outbox', (tx) => relayIn(tx, producer));
}

async function relayIn(tx: Tx, producer: Producer): Promise<RelayResult> {
  const rows = await claimBatch(tx, batchSize);
  if (rows.length === 0) return { kind: 'published', count: 0, more: false };
  const batches = await Promise.all(
    [...byQueue(rows)].map(async ([name, wanted]) => ({ wanted, queue: await producer.queue(name), name })),
  );
  for (const { name, queue } of batches) {
    if ((await queue.getJobCountByTypes('waiting', 'delayed')) >= queueNamed(name).cap)
      return { kind: 'full', queue: name };
  }
  await Promise.all(
    batches.flatMap(({ queue, wanted }) => chunks(wanted).map((chunk) => publish(queue, chunk))),
  );
  await markPublished(
    tx,
    rows.map((row) => row.id),
  );
  return { kind: 'published', count: rows.length, more: rows.length === batchSize };
}

function byQueue(rows: readonly OutboxRow[]): Map<QueueName, OutboxRow[]> {
  const found = new Map<QueueName, OutboxRow[]>();
  for (const row of rows) {
    for (const name of consumersOf[row.envelope.event.type]) {
      const list = found.get(name);
      if (list === undefined) found.set(name, [row]);
      else list.push(row);
    }
  }
  return found;
}

const chunks = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / eventsASpan) }, (_, i) =>
    list.slice(i * eventsASpan, (i + 1) * eventsASpan),
  );

/** Adds what the queue does not know yet. */
export async function publish(queue: JobQueue, rows: readonly Pick<OutboxRow, 'envelope'>[]): Promise<void> {
  const name = queue.name as QueueName;
  const { attempts } = queueNamed(name);
  const envelopes = rows.map(({ envelope }) => envelope);
  await batchSpan('send', name, envelopes, () =>
    queue.addBulk(envelopes.map((envelope) => jobOf(envelope, attempts))),
  );
}

/** An event as a job of one of its queues. */
export const jobOf = (envelope: Envelope, attempts: number) => ({
  name: envelope.event.type,
  data: envelope,
  opts: {
    jobId: envelope.event.event_id,
    attempts,
    backoff: { type: 'capped' },
    removeOnComplete: rememberFinished,
    // Kept until a person looked: the dead-letter table names them, redrive runs them again.
    removeOnFail: { count: 10_000 },
  },
});
