import type { OrderEvent } from '../contracts/order-events.ts';
import type { Database } from '../db/client.ts';
import { factsOf } from './write-event.ts';

/** True when this event id is in the order's history with other facts: a key that is used for a second thing. */
export async function saidOtherwise(db: Database, orderId: string, event: OrderEvent): Promise<boolean> {
  const [row] = await db.query(
    'read earlier event',
    (sql) => sql<{ same: boolean }[]>`
      select payload = ${sql.json(factsOf(event) as never)}::jsonb as same from orders.order_events
      where order_id = ${orderId} and event_id = ${event.event_id}`,
  );
  return row !== undefined && !row.same;
}
