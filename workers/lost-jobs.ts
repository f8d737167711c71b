// Redis may lose what it was handed: a crash without its file, a flush, a new machine. The outbox still knows what was
// published and never handled; adding it again is a no-op for jobs that are there.
import type { Envelope, OrderEventV1 } from '../core/contracts/events.ts';
import type { Database, Sql } from '../core/db/client.ts';
import { publish } from './outbox-relay.ts';
import { type QueueName, queues, typesFor } from './queues.ts';
import type { JobQueue, Producer } from './redis.ts';

/** Twice the age at which a mail is late: by then a job is not merely waiting its turn. */
const missingAfterSeconds = 120;
const batchSize = 100;

interface Row extends Omit<Envelope, 'event'> {
  readonly id: number;
  readonly payload: OrderEventV1;
}

const columns = (sql: Sql) => sql`
  id, payload, traceparent, correlation_id, (extract(epoch from deadline_at) * 1000)::float8 as deadline_ms`;
const envelopeOf = ({ payload, traceparent, correlation_id, deadline_ms }: Row): Envelope => ({
  ...{ event: payload, traceparent, correlation_id, deadline_ms },
});

export async function eventsInOutbox(db: Database, eventIds: readonly string[]): Promise<Envelope[]> {
  const rows = await db.query(
    'read events',
    (sql) => sql<Row[]>`
      select ${columns(sql)} from orders.outbox where event_id = any(${eventIds as string[]}::uuid[])`,
  );
  return rows.map(envelopeOf);
}

/** Hands the queues once more what was published longer ago and is not handled. All of it; the result is how many. */
export async function requeueLost(
  db: Database,
  producer: Producer,
  olderThanSeconds: number = missingAfterSeconds,
): Promise<number> {
  let count = 0;
  for (const { name } of queues)
    count += await requeueLostOf(db, await producer.queue(name), olderThanSeconds);
  return count;
}

/** Of one queue: what is a dead letter there waits for a person, and is a job like any other elsewhere. */
async function requeueLostOf(db: Database, queue: JobQueue, olderThanSeconds: number): Promise<number> {
  const name = queue.name as QueueName;
  let count = 0;
  // Page by page: behind a page of jobs that merely wait for their next run may be one that is lost.
  for (let after = 0; ; ) {
    const rows = await db.query(
      'find lost jobs',
      (sql) => sql<Row[]>`
        select ${columns(sql)} from orders.outbox o
        where id > ${after} and ${unhandledBy(sql, name)}
          and published_at < now() - ${olderThanSeconds}::int * interval '1 second'
        order by id limit ${batchSize}`,
    );
    if (rows.length > 0)
      await publish(
        queue,
        rows.map((row) => ({ envelope: envelopeOf(row) })),
      );
    count += rows.length;
    if (rows.length < batchSize) return count;
    after = rows.at(-1)!.id;
  }
}

/** Of outbox `o`: this queue's consumer has still to handle it, and may. */
export const unhandledBy = (sql: Sql, name: QueueName) => sql`
  o.handled_at is null and o.type = any(${typesFor(name)}::text[])
  and not exists (select from orders.inbox i where i.consumer = ${name} and i.event_id = o.event_id)
  and not exists (select from orders.dead_letters d
    where d.queue = ${name} and d.event_id = o.event_id and d.redriven_at is null)`;

/** For a Redis that is new or was emptied: everything at once, instead of each event when it is late. */
export async function refillEmptied(db: Database, producer: Producer): Promise<number> {
  if (await producer.remembers()) return 0;
  const count = await requeueLost(db, producer, 0);
  // After the work: whoever dies before leaves it to the next.
  await producer.remember();
  return count;
}
