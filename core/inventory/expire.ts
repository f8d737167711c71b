// Holds lapse: a cart's when its time is over, an order's when it never got a payment decision. A hold of a paid order does
// not: the sweeper takes its end away, so that what is active and overdue is what has lapsed.
import { retryDeadlock } from '../db/conflict.ts';
import type { Database, Sql } from '../db/client.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { reservations } from '../telemetry/metrics/inventory.ts';
import { putBack } from './release.ts';

const overdue = (sql: Sql, skus: readonly string[] | null) => sql`
  r.status = 'active' and r.expires_at < now() ${skus === null ? sql`` : sql`and r.sku = any(${skus as string[]}::text[])`}`;

/**
 * Expires overdue reservations, of `skus` only when given, up to `limit` of carts and as many of orders; the result counts
 * them. An order keeps its state: `hold_lapsed_at` tells a late authorisation to take stock again. Carts and orders being
 * decided right now are skipped.
 */
export async function expireReservations(
  db: Database,
  instruments: Instruments,
  limit: number,
  skus: readonly string[] | null = null,
): Promise<number> {
  const [row] = await retryDeadlock(() =>
    db.query(
      'expire reservations',
      (sql) => sql<{ expired: number }[]>`
        with abandoned as (
          select r.id from orders.reservations r
          where r.kind = 'soft' and ${overdue(sql, skus)}
          order by r.sku, r.location_id, r.expires_at
          limit ${limit}
          for update of r skip locked
        ),
        unpaid as (
          select r.id, o.public_id
          from orders.reservations r join orders.orders o on o.public_id = r.order_id
          where r.kind = 'hard' and o.state = 'pending_payment' and ${overdue(sql, skus)}
          order by r.sku, r.location_id, r.expires_at
          limit ${limit}
          for update of r, o skip locked
        ),
        freed as (
          update orders.reservations r set status = 'expired'
          where r.id in (select id from abandoned union all select id from unpaid)
          returning r.sku, r.location_id, r.quantity
        ),
        ${putBack(sql)},
        -- After the stock rows: a new order of the same cart waits for this row while it holds stock.
        lapsed as (
          update orders.orders o set hold_lapsed_at = now(), updated_at = now()
          from (select count(*) from returned) done
          where o.public_id in (select public_id from unpaid)
        )
        select count(*)::int as expired from freed`,
    ),
  );
  if (row!.expired > 0) instruments.count(reservations, { result: 'expired' }, row!.expired);
  return row!.expired;
}

/** Holds of orders that were paid for end no more; the result counts them. Off the shopper's path, whose commit it would cost. */
export async function keepPaidHolds(db: Database, limit: number): Promise<number> {
  const rows = await db.query(
    'keep paid holds',
    (sql) => sql`
      update orders.reservations set expires_at = 'infinity' where id in (
        select r.id from orders.reservations r join orders.orders o on o.public_id = r.order_id
        where r.kind = 'hard' and o.state <> 'pending_payment' and ${overdue(sql, null)}
        order by r.id limit ${limit}
        for update of r skip locked
      ) returning id`,
  );
  return rows.length;
}
