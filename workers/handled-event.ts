// An event is done when its last consumer has handled it, whichever that was; from then on nobody looks for it.
import type { OrderEventV1 } from '../core/contracts/events.ts';
import type { Database } from '../core/db/client.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { pipelineEventAge } from '../core/telemetry/metrics/pipeline.ts';
import { consumersOf } from './queues.ts';

/**
 * Call after the consumer's own transaction, also when that found the event handled before: a run may have died
 * between the two. Two consumers that finish at the same time both look, and one of them sees both.
 */
export async function closeEvent(db: Database, instruments: Instruments, event: OrderEventV1): Promise<void> {
  const consumers = consumersOf[event.type];
  const [closed] = await db.query(
    'close event',
    (sql) => sql<{ age_s: number }[]>`
      update orders.outbox set handled_at = clock_timestamp()
      where event_id = ${event.event_id}::uuid and handled_at is null and ${consumers.length}::int = (
        select count(*) from orders.inbox
        where consumer = any(${consumers as readonly string[] as string[]}::text[]) and event_id = ${event.event_id}::uuid)
      returning extract(epoch from handled_at - created_at)::float8 as age_s`,
  );
  if (closed !== undefined) instruments.observe(pipelineEventAge, {}, Math.max(0, closed.age_s));
}
