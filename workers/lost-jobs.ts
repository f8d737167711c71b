// Redis may lose what it was handed: a crash without its file, a flush. The outbox still knows what was published and
// never handled; adding it again is a no-op for jobs that are there.
import type { Database } from '../core/db/client.ts';
import type { Envelope, OrderEventV1 } from '../core/contracts/events.ts';
import { publish } from './outbox-relay.ts';
import { consumersOf } from './queues.ts';
import type { Producer } from './redis.ts';

/** Twice the age at which a mail is late: by then a job is not merely waiting its turn. */
const missingAfterSeconds = 120;
const batchSize = 100;

interface Missing extends Omit<Envelope, 'event'> {
  readonly payload: OrderEventV1;
}

/** Number of events handed to the queues once more. */
export async function requeueLost(
  db: Database,
  producer: Producer,
  olderThanSeconds: number = missingAfterSeconds,
): Promise<number> {
  const rows = await db.query(
    'find lost jobs',
    (sql) => sql<Missing[]>`
      select payload, traceparent, correlation_id, (extract(epoch from deadline_at) * 1000)::float8 as deadline_ms
      from orders.outbox o
      where handled_at is null and published_at < now() - ${olderThanSeconds}::int * interval '1 second'
        and not exists (select from orders.dead_letters d where d.event_id = o.event_id and d.redriven_at is null)
      order by published_at limit ${batchSize}`,
  );
  for (const { payload, ...rest } of rows) {
    const lost = [{ envelope: { event: payload, ...rest } }];
    for (const name of consumersOf[payload.type]) await publish(await producer.queue(name), lost);
  }
  return rows.length;
}
