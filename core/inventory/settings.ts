// What a merchant decides about an article at a location.
import type { ChangeStock } from '../contracts/stock-api.ts';
import { brokeCheck } from '../db/conflict.ts';
import type { Database } from '../db/client.ts';

export type ChangedStock =
  | { readonly kind: 'changed' }
  | { readonly kind: 'no_such_stock' }
  /** Buyers were sold what is still on its way. */
  | { readonly kind: 'sold_in_transit' };

export async function changeStock(
  db: Database,
  sku: string,
  location: string,
  { safety_stock, hold_at, sell_in_transit }: ChangeStock,
): Promise<ChangedStock> {
  try {
    const rows = await db.query(
      'change stock settings',
      (sql) => sql`
        update orders.stock set safety_stock = coalesce(${safety_stock ?? null}::int, safety_stock),
          hold_at = coalesce(${hold_at ?? null}::text, hold_at),
          sell_in_transit = coalesce(${sell_in_transit ?? null}::boolean, sell_in_transit)
        where sku = ${sku} and location_id = ${location} returning sku`,
    );
    return { kind: rows.length > 0 ? 'changed' : 'no_such_stock' };
  } catch (error) {
    if (brokeCheck(error, 'never_oversold')) return { kind: 'sold_in_transit' };
    throw error;
  }
}
