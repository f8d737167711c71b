// An order as other services see it: no address, no e-mail.
import type { OrderView } from '../contracts/orders-api.ts';
import type { Database } from '../db/client.ts';

export async function readOrder(db: Database, orderId: string): Promise<OrderView | null> {
  const [row] = await db.query(
    'read order',
    (sql) => sql<(Omit<OrderView, 'created_at'> & { created_at: Date })[]>`
      select public_id as order_id, state, total_minor, currency, created_at
      from orders.orders where public_id = ${orderId}`,
  );
  return row === undefined ? null : { ...row, created_at: row.created_at.toISOString() };
}
