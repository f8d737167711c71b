// Holds of orders that never got a payment decision lapse. A hold of an authorised order does not: it was paid for.
import { retryDeadlock } from '../db/conflict.ts';
import type { Database } from '../db/client.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { reservations } from '../telemetry/metrics/inventory.ts';
import { putBack } from './release.ts';

/**
 * Expires up to `limit` overdue reservations, of `skus` only when given; the result counts them. The order keeps its
 * state: `hold_lapsed_at` tells a late authorisation to take stock again. Orders being decided right now are skipped.
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
        with overdue as (
          select r.id, o.public_id
          from orders.reservations r join orders.orders o on o.public_id = r.order_id
          where r.status = 'active' and r.expires_at < now() and o.state = 'pending_payment'
            ${skus === null ? sql`` : sql`and r.sku = any(${skus as string[]}::text[])`}
          order by r.sku, r.location_id, r.expires_at
          limit ${limit}
          for update of r, o skip locked
        ),
        freed as (
          update orders.reservations r set status = 'expired' from overdue where r.id = overdue.id
          returning r.sku, r.location_id, r.quantity
        ),
        ${putBack(sql)},
        -- After the stock rows: a new order of the same cart waits for this row while it holds stock.
        lapsed as (
          update orders.orders o set hold_lapsed_at = now(), updated_at = now()
          from (select count(*) from returned) done
          where o.public_id in (select public_id from overdue)
        )
        select count(*)::int as expired from freed`,
    ),
  );
  if (row!.expired > 0) instruments.count(reservations, { result: 'expired' }, row!.expired);
  return row!.expired;
}
