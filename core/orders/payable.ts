// What paying an order needs to know of it: no address but the country, no e-mail.
import type { PayableAnswer } from '../contracts/orders-api.ts';
import type { Database } from '../db/client.ts';

export async function readPayable(db: Database, orderId: string): Promise<PayableAnswer | null> {
  const [row] = await db.query(
    'read payable order',
    (sql) => sql<PayableAnswer[]>`
      select o.public_id as order_id, o.state, o.market, o.total_minor, o.currency,
        coalesce(o.address ->> 'country', o.market) as country,
        (select json_build_object('id', a.id, 'attempt_no', a.attempt_no, 'provider', a.provider,
            'amount_minor', a.amount_minor, 'currency', a.currency)
          from orders.payment_attempts a where a.order_id = o.public_id and a.state = 'action_required') as awaiting
      from orders.orders o where o.public_id = ${orderId}`,
  );
  return row ?? null;
}
