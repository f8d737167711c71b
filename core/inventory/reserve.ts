// Taking stock for an order, as parts of one statement: rows are locked in SKU order, the formula is checked under the
// lock and again inside the UPDATE, and nothing crosses the network while a hot row is locked.
import type { Sql, Tx } from '../db/client.ts';

export interface Demand {
  readonly sku: string;
  readonly quantity: number;
}

/** What may be promised to one more buyer. Stock in transit to us is not here yet, so it does not count. */
const reservable = (sql: Sql | Tx) => sql`(s.on_hand - s.reserved - s.in_transit_out - s.safety_stock)`;

/**
 * CTEs `locked`, `chosen`, `covered` over a CTE `demand (sku, quantity)` with one row a SKU. `covered.yes` when every
 * SKU has a location that can serve it alone.
 */
export const coverage = (sql: Sql | Tx) => sql`
  locked as (
    select s.sku, s.location_id, d.quantity, ${reservable(sql)} as reservable
    from orders.stock s join demand d on d.sku = s.sku
    -- Everyone locks in this order, so carts that share SKUs wait for each other but never in a circle.
    order by s.sku, s.location_id
    for update of s
  ),
  chosen as (
    select distinct on (sku) sku, location_id, quantity from locked where reservable >= quantity order by sku, location_id
  ),
  covered as (select (select count(*) from chosen) = (select count(*) from demand) as yes)`;

/** CTEs `taken`, `held`: takes what was `chosen` for the order named by the CTE `holder (order_id)`, none or one row. */
export const hold = (sql: Sql | Tx, ttlMs: number) => sql`
  taken as (
    update orders.stock s set reserved = s.reserved + c.quantity
    from chosen c, holder h
    where s.sku = c.sku and s.location_id = c.location_id and ${reservable(sql)} >= c.quantity
    returning h.order_id, s.sku, s.location_id, c.quantity
  ),
  held as (
    insert into orders.reservations (order_id, sku, location_id, quantity, expires_at)
    select order_id, sku, location_id, quantity, now() + ${ttlMs}::int * interval '1 millisecond' from taken
  )`;

/**
 * Takes stock again for the lines of an order whose hold lapsed; false when it is gone, and then nothing is taken.
 * The caller holds the order's row.
 */
export async function holdAgain(tx: Tx, orderId: string, ttlMs: number): Promise<boolean> {
  const [row] = await tx<{ covered: boolean }[]>`
    with demand as (
      select l.sku, sum(l.quantity)::int as quantity from orders.order_lines l
      where l.order_id = ${orderId} and not exists (
        select from orders.reservations r where r.order_id = l.order_id and r.sku = l.sku and r.status = 'active'
      )
      group by l.sku
    ),
    ${coverage(tx)},
    holder as (select ${orderId}::text as order_id from covered where yes),
    ${hold(tx, ttlMs)}
    select yes as covered from covered`;
  return row!.covered;
}
