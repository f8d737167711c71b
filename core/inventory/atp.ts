// Available to promise, for showing: ATP = on_hand − reserved − in_transit_out + in_transit_in − safety_stock.
import type { AtpAnswer } from '../contracts/orders-api.ts';
import type { Database } from '../db/client.ts';

/** null for a SKU that no location has. `stock.reserved` is the materialised sum of active reservations. */
export async function readAtp(db: Database, sku: string): Promise<AtpAnswer | null> {
  const locations = await db.query(
    'read atp',
    (sql) => sql<{ location_id: string; atp: number }[]>`
      select location_id, on_hand - reserved - in_transit_out + in_transit_in - safety_stock as atp
      from orders.stock where sku = ${sku} order by location_id`,
  );
  if (locations.length === 0) return null;
  return {
    sku,
    atp: locations.reduce((sum, location) => sum + location.atp, 0),
    locations: locations.map(({ location_id, atp }) => ({ location_id, atp })),
  };
}
