// One look at an order: everything a decision about an event needs, from one snapshot, with nothing locked.
import type { OrderEvent } from '../contracts/order-events.ts';
import type { Sql } from '../db/client.ts';
import { movementOf } from './balance.ts';
import type { Snapshot } from './decide-event.ts';

export interface Look extends Snapshot {
  /** Changes with every change of the order's row, and so with everything a decision depends on: all writers touch it. */
  readonly version: string;
  readonly currency: string;
  /** False when the event speaks of an attempt that is not this order's. */
  readonly attempt_known: boolean;
}

export async function lookAt(sql: Sql, orderId: string, event: OrderEvent): Promise<Look | null> {
  const movement = movementOf(event);
  const attemptId = 'attempt_id' in event ? event.attempt_id : null;
  const [row] = await sql<Look[]>`
    select o.state, o.disputed_from as beneath, o.xmin::text as version, o.currency,
      o.cancel_requested_at is not null as cancel_requested, o.capture_requested_at is not null as capture_requested,
      json_build_object(
        -- What a capture may use up: held under this attempt and not given back.
        'authorized_minor', coalesce(b.authorized_minor, (select sum(case kind when 'authorized' then amount_minor else -amount_minor end)
          from orders.payment_ledger where attempt_id = ${attemptId} and operation_id is null), 0),
        'captured_minor', coalesce(b.captured_minor, 0), 'refunded_minor', coalesce(b.refunded_minor, 0),
        'charged_back_minor', coalesce(b.charged_back_minor, 0), 'reversed_minor', coalesce(b.reversed_minor, 0)) as balance,
      exists (select from orders.order_events e where e.order_id = o.public_id and e.event_id = ${event.event_id}) as seen,
      ${factKnown(sql, event, movement)} as fact_known,
      (select json_build_object('booked', booked) from orders.parked_events p
        where p.order_id = o.public_id and p.event_id = ${event.event_id} and applied_at is null) as parked,
      coalesce((select json_agg(json_build_object('id', id, 'open', status in ('picking', 'packed', 'in_transit')))
        from orders.shipments s where s.order_id = o.public_id and status <> 'cancelled'), '[]') as shipments,
      array(select distinct location_id from orders.reservations r
        where r.order_id = o.public_id and r.status = 'active' order by 1) as reserved_at,
      coalesce((select json_object_agg(sku, pieces) from (
        select sku, sum(quantity)::int as pieces from (
          select l.sku, l.quantity from orders.shipments s join orders.shipment_lines l on l.shipment_id = s.id
          where s.order_id = o.public_id and s.status = 'delivered'
          union all
          select l.sku, -l.quantity from orders.returns r join orders.return_lines l on l.return_id = r.id
          where r.order_id = o.public_id
        ) each group by sku) sent), '{}') as returnable,
      ${attemptId}::text is null or exists (select from orders.payment_attempts a
        where a.id = ${attemptId} and a.order_id = o.public_id) as attempt_known
    from orders.orders o left join orders.order_balances b on b.order_id = o.public_id
    where o.public_id = ${orderId}`;
  return row ?? null;
}

function factKnown(sql: Sql, event: OrderEvent, movement: ReturnType<typeof movementOf>) {
  if (movement !== null)
    return sql`exists (select from orders.payment_ledger
      where operation_id = ${movement.operation_id} and kind = ${movement.kind})`;
  switch (event.type) {
    case 'shipment.created':
      return sql`exists (select from orders.shipments where id = ${event.shipment_id})`;
    case 'shipment.completed':
      return sql`exists (select from orders.shipments where id = ${event.shipment_id} and status = 'delivered')`;
    case 'rma.completed':
      return sql`exists (select from orders.returns where id = ${event.return_id})`;
    default:
      return sql`false`;
  }
}
