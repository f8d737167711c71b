// The statement that writes what was decided about an event: history, money, stock, state, announcement, or nothing. It
// is its own transaction, guarded by the order's row as the decision saw it, so no stock row is locked over a round trip.
import type { OrderEvent } from '../contracts/order-events.ts';
import type { Sql } from '../db/client.ts';
import { handOverParcel, makeParcel, takeBack } from '../inventory/parcels.ts';
import { release } from '../inventory/release.ts';
import { announce } from '../outbox/outbox.ts';
import { after, type Balance, type Movement } from './balance.ts';
import type { Apply, StockEffect } from './decide-event.ts';
import type { Look } from './order-snapshot.ts';

/** Reservations given back; null when the order changed since the look: look again. */
export async function writeApplied(
  sql: Sql,
  orderId: string,
  event: OrderEvent,
  look: Look,
  decision: Apply,
): Promise<number | null> {
  const { movement, stock, to } = decision;
  const [row] = await sql<{ released: number }[]>`
    with ${target(sql, orderId, look.version)},
    holder as (
      insert into orders.order_events (order_id, event_id, type, from_state, to_state, payload, created_at)
      select order_id, ${event.event_id}, ${decision.event}, ${look.state}, ${to}, ${sql.json(factsOf(event) as never)}::jsonb,
        clock_timestamp()
      from target
      on conflict do nothing
      returning order_id
    ),
    ${stock === null ? sql`` : sql`${stockPart(sql, stock, event)},`}
    ${movement === null ? sql`` : sql`${booked(sql, look, movement)},`}
    moved as (
      update orders.orders o set state = ${to}, disputed_from = ${decision.beneath}, updated_at = clock_timestamp()
        ${decision.event === 'payment.captured' ? sql`, capture_requested_at = coalesce(capture_requested_at, now())` : sql``}
        ${decision.wish ? sql`, cancel_requested_at = coalesce(cancel_requested_at, now())` : sql``}
      from holder h
        -- Stock goes back before the cart is free again, as it does in move.ts.
        ${stock === 'release' ? sql`, (select count(*) from returned) done` : sql``}
      where o.public_id = h.order_id
      returning o.public_id as order_id
    ),
    ${decision.announces === null ? sql`` : sql`${announce(sql, decision.announces, orderId, subjectOf(event))},`}
    ${unparked(sql, event)}
    select ${stock === 'release' ? sql`(select count(*)::int from freed)` : sql`0`} as released from moved`;
  return row?.released ?? null;
}

/** On record though it was not possible; its money booked when the ledger can hold it. False: look again. */
export async function writeParked(
  sql: Sql,
  orderId: string,
  event: OrderEvent,
  look: Look,
  movement: Movement | null,
): Promise<boolean> {
  const rows = await sql`
    with ${target(sql, orderId, look.version)},
    holder as (select order_id from target),
    ${movement === null ? sql`` : sql`${booked(sql, look, movement)},`}
    moved as (
      ${
        movement === null
          ? sql`select order_id from holder`
          : // Only money is anything that others decide on; a touch for nothing would have them all tried again.
            sql`update orders.orders o set updated_at = clock_timestamp() from holder h where o.public_id = h.order_id
              returning o.public_id as order_id`
      }
    ),
    parked as (
      insert into orders.parked_events as p (order_id, event_id, event, booked, tried_at)
      select order_id, ${event.event_id}, ${sql.json(event as never)}::jsonb, ${movement !== null}, clock_timestamp()
      from moved
      on conflict (order_id, event_id) do update set tried_at = excluded.tried_at, booked = p.booked or excluded.booked
    ),
    noted as (
      insert into orders.discrepancies (class, reference, detail)
      select 'illegal_event', ${referenceOf(orderId, event)}, ${`order ${orderId} is ${look.state}, ${event.type}`} from moved
      on conflict (class, reference) do nothing
    )
    select order_id from moved`;
  return rows.length === 1;
}

/** What it tells was told under another id meanwhile: nothing is left to do for it. */
export async function closeParked(sql: Sql, orderId: string, event: OrderEvent): Promise<void> {
  await sql`with moved as (select ${orderId}::text as order_id), ${unparked(sql, event)} select from moved`;
}

export async function keepWish(sql: Sql, orderId: string, look: Look): Promise<boolean> {
  const rows = await sql`
    update orders.orders set cancel_requested_at = coalesce(cancel_requested_at, now()), updated_at = clock_timestamp()
    where public_id = ${orderId} and xmin::text = ${look.version} returning id`;
  return rows.length === 1;
}

const target = (sql: Sql, orderId: string, version: string) => sql`
  target as (
    select public_id as order_id, currency from orders.orders
    where public_id = ${orderId} and xmin::text = ${version}
    for update
  )`;

function stockPart(sql: Sql, effect: Exclude<StockEffect, null>, event: OrderEvent) {
  if (effect === 'release') return release(sql);
  if (event.type === 'shipment.created') return makeParcel(sql, event.shipment_id, event.location_id);
  if (event.type === 'shipment.completed') return handOverParcel(sql, event.shipment_id);
  if (event.type === 'rma.completed') return takeBack(sql, event.return_id, event.lines);
  throw new Error(`${event.type} does not ${effect}`);
}

/** CTEs `entered`, `balanced`, `settled`: the ledger's row, the sums that constraints hold against each other, our own operation. */
function booked(sql: Sql, look: Look, movement: Movement) {
  const balance: Balance | null = after(look.balance, movement);
  if (balance === null) throw new Error('money was decided on that the ledger cannot hold');
  return sql`
    entered as (
      insert into orders.payment_ledger (order_id, attempt_id, kind, amount_minor, currency, operation_id)
      select h.order_id, ${movement.attempt_id}, ${movement.kind}, ${movement.amount_minor}::bigint, ${look.currency},
        ${movement.operation_id}
      from holder h
    ),
    balanced as (
      insert into orders.order_balances as b (order_id, authorized_minor, captured_minor, refunded_minor, charged_back_minor,
        reversed_minor)
      select h.order_id, ${balance.authorized_minor}::bigint, ${balance.captured_minor}::bigint, ${balance.refunded_minor}::bigint,
        ${balance.charged_back_minor}::bigint, ${balance.reversed_minor}::bigint
      from holder h
      on conflict (order_id) do update set captured_minor = excluded.captured_minor, refunded_minor = excluded.refunded_minor,
        charged_back_minor = excluded.charged_back_minor, reversed_minor = excluded.reversed_minor
    ),
    settled as (
      update orders.payment_operations p set state = 'done', settled_at = now() from holder h
      where p.operation_id = ${movement.operation_id} and p.order_id = h.order_id and p.state <> 'done'
    )`;
}

/** CTEs: what was parked under this event id is applied now, and its discrepancy healed. */
const unparked = (sql: Sql, event: OrderEvent) => sql`
  unparked as (
    update orders.parked_events p set applied_at = now() from moved m
    where p.order_id = m.order_id and p.event_id = ${event.event_id} and p.applied_at is null
    returning p.order_id, p.event_id
  ),
  healed as (
    update orders.discrepancies d set resolved_at = now() from unparked u
    where d.class = 'illegal_event' and d.reference = u.order_id || '/' || u.event_id and d.resolved_at is null
  )`;

const referenceOf = (orderId: string, { event_id }: OrderEvent): string => `${orderId}/${event_id}`;

/** What an event is about, in the history: ids, an amount, a reason. */
export function factsOf({ event_id: _id, type: _type, ...facts }: OrderEvent): Record<string, unknown> {
  return facts;
}

/** Where an order can have several: the parcel, movement, return or dispute. */
function subjectOf(event: OrderEvent): string | undefined {
  if ('operation_id' in event) return event.operation_id;
  if ('shipment_id' in event) return event.shipment_id;
  if ('return_id' in event) return event.return_id;
  return 'dispute_id' in event ? event.dispute_id : undefined;
}
