// Giving stock back when an order ends, as parts of the statement that ends it.
import type { Sql, Tx } from '../db/client.ts';

/**
 * CTEs `freed`, `shelf`, `returned`: voids the active reservations of the order in the CTE `holder (order_id)`. Stock rows
 * are locked in SKU order like everywhere else. Whoever reads `returned` first runs after the stock is back.
 */
export const release = (sql: Sql | Tx) => sql`
  freed as (
    update orders.reservations r set status = 'voided' from holder h
    where r.order_id = h.order_id and r.status = 'active'
    returning r.sku, r.location_id, r.quantity
  ),
  ${putBack(sql)}`;

/** CTEs `shelf`, `returned`: lowers `reserved` by what the CTE `freed (sku, location_id, quantity)` says. */
export const putBack = (sql: Sql | Tx) => sql`
  shelf as (
    select s.sku, s.location_id, f.quantity
    from orders.stock s
    join (select sku, location_id, sum(quantity)::int as quantity from freed group by sku, location_id) f
      on f.sku = s.sku and f.location_id = s.location_id
    order by s.sku, s.location_id
    for no key update of s
  ),
  returned as (
    update orders.stock s set reserved = s.reserved - f.quantity from shelf f
    where s.sku = f.sku and s.location_id = f.location_id
    returning s.sku
  )`;
