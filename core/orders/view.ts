// An order as other services see it: no address, no e-mail, and of its history only what happened when.
import type { OrderHistory } from '../contracts/order-operations.ts';
import type { OrderView } from '../contracts/orders-api.ts';
import type { Database, Sql } from '../db/client.ts';

/** ISO 8601 with its milliseconds, as JavaScript writes it. */
const iso = (sql: Sql, column: string) =>
  sql`to_char(${sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export async function readOrder(db: Database, orderId: string): Promise<OrderView | null> {
  const [row] = await db.query(
    'read order',
    (sql) => sql<OrderView[]>`
      select public_id as order_id, state, total_minor, currency, ${iso(sql, 'o.created_at')} as created_at,
        (select coalesce(json_agg(json_build_object('event', type, 'from', from_state, 'to', to_state,
            'at', ${iso(sql, 'e.created_at')}) order by (from_state = 'cart') desc, created_at), '[]')
          from orders.order_events e where e.order_id = o.public_id) as history
      from orders.orders o where public_id = ${orderId}`,
  );
  return row ?? null;
}

type Money = OrderHistory['money'];

export async function readHistory(db: Database, orderId: string): Promise<OrderHistory | null> {
  const [row] = await db.query(
    'read order history',
    (sql) => sql<(Omit<OrderHistory, 'money'> & { money: Money })[]>`
      select o.public_id as order_id, o.state, o.cancel_requested_at is not null as cancel_requested,
        json_build_object('captured', coalesce(b.captured_minor, 0), 'refunded', coalesce(b.refunded_minor, 0),
          'charged_back', coalesce(b.charged_back_minor, 0), 'reversed', coalesce(b.reversed_minor, 0), 'currency', o.currency) as money,
        (select coalesce(json_agg(json_build_object('event', type, 'from', from_state, 'to', to_state, 'at', ${iso(sql, 'e.created_at')},
            'event_id', event_id, 'facts', payload) order by (from_state = 'cart') desc, created_at), '[]')
          from orders.order_events e where e.order_id = o.public_id) as events,
        (select coalesce(json_agg(json_build_object('operation_id', operation_id, 'kind', kind, 'amount_minor', amount_minor,
            'state', state, 'reason', reason) order by requested_at), '[]')
          from orders.payment_operations p where p.order_id = o.public_id) as operations,
        (select coalesce(json_agg(json_build_object('id', id, 'location_id', location_id, 'status', status, 'lines', (
            select json_agg(json_build_object('sku', sku, 'quantity', quantity) order by sku)
            from orders.shipment_lines l where l.shipment_id = s.id)) order by created_at, id), '[]')
          from orders.shipments s where s.order_id = o.public_id) as parcels,
        (select coalesce(json_agg(json_build_object('event', event->>'type', 'at', ${iso(sql, 'w.parked_at')}) order by parked_at), '[]')
          from orders.parked_events w where w.order_id = o.public_id and applied_at is null) as waiting
      from orders.orders o left join orders.order_balances b on b.order_id = o.public_id
      where o.public_id = ${orderId}`,
  );
  return row ?? null;
}
