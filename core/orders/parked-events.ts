// Events that came before what they follow from. They wait here, on record, until the order has moved.
import { type OrderEvent, orderEvent } from '../contracts/order-events.ts';
import type { Database } from '../db/client.ts';

// More than one order can have without somebody having looked at its discrepancies.
const mostOfOneOrder = 50;

/** Oldest first. */
export async function parkedEvents(db: Database, orderId: string): Promise<OrderEvent[]> {
  const rows = await db.query(
    'parked events',
    (sql) => sql<{ event: unknown }[]>`
      select event from orders.parked_events where order_id = ${orderId} and applied_at is null
      order by parked_at, event_id limit ${mostOfOneOrder}`,
  );
  return rows.map(({ event }) => orderEvent.parse(event));
}

/** Orders that moved since their parked events were last tried: whoever moved them died before trying, or did not know of them. */
export async function ordersWithParked(db: Database, limit: number): Promise<string[]> {
  const rows = await db.query(
    'orders with parked events',
    (sql) => sql<{ order_id: string }[]>`
      select p.order_id from orders.parked_events p join orders.orders o on o.public_id = p.order_id
      where p.applied_at is null and p.tried_at < o.updated_at
      group by p.order_id order by min(p.parked_at) limit ${limit}`,
  );
  return rows.map((row) => row.order_id);
}
