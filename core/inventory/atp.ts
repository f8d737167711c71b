// Available to promise, for showing: ATP = on_hand − reserved − in_transit_out + in_transit_in − safety_stock.
import type { AtpAnswer } from '../contracts/orders-api.ts';
import type { Database } from '../db/client.ts';

/**
 * null for a SKU that no location has. `reserved` is what is active and not overdue: an overdue hold stays in the
 * materialised sum until the next buyer or the sweeper takes it out, and nobody who looks should see it.
 */
export async function readAtp(db: Database, sku: string, staleAfterMs: number): Promise<AtpAnswer | null> {
  const locations = await db.query(
    'read atp',
    (sql) => sql<{ location_id: string; atp: number; as_of: Date | null }[]>`
      select s.location_id, f.as_of,
        s.on_hand - (s.reserved - lapsed.quantity) - s.in_transit_out + s.in_transit_in - s.safety_stock as atp
      from orders.stock s
      left join orders.stock_feeds f on f.location_id = s.location_id
      cross join lateral (
        select coalesce(sum(r.quantity), 0)::int as quantity
        from orders.reservations r left join orders.orders o on o.public_id = r.order_id
        where r.sku = s.sku and r.location_id = s.location_id and r.status = 'active' and r.expires_at <= now()
          -- A paid order's hold does not lapse.
          and (r.order_id is null or o.state = 'pending_payment')
      ) lapsed
      where s.sku = ${sku} order by s.location_id`,
  );
  if (locations.length === 0) return null;
  return {
    sku,
    atp: locations.reduce((sum, location) => sum + location.atp, 0),
    locations: locations.map(({ location_id, atp, as_of }) => ({
      location_id,
      atp,
      as_of: as_of?.toISOString() ?? null,
      stale_after_s: staleAfterMs / 1000,
    })),
  };
}
