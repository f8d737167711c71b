// At-least-once delivery, effect once: a consumer notes the event in the transaction of its effect.
import type { Sql, Tx } from '../db/client.ts';

/** True the first time `consumer` meets this event; false ever after, and then there is nothing to do. */
export async function handleOnce(tx: Sql | Tx, consumer: string, eventId: string): Promise<boolean> {
  const rows = await tx`
    insert into orders.inbox (consumer, event_id) values (${consumer}, ${eventId}::uuid)
    on conflict do nothing returning event_id`;
  return rows.length === 1;
}
