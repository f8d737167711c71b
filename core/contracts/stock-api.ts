// Stock over the orders service's internal API and its feed, version 1: for merchandisers' tools and warehouses.
import { z } from 'zod';
import { sku } from './checkout-api.ts';

/** No comma: a list of locations is written with commas. */
export const locationId = z
  .string()
  .regex(/^[A-Z0-9-]{2,20}$/, 'a location is two to twenty of A–Z, 0–9 and -');
const quantity = z.number().int().min(1).max(1_000_000);

export const planTransfer = z
  .strictObject({
    id: z.string().regex(/^[\w-]{1,64}$/),
    origin: locationId,
    dest: locationId,
    sku,
    quantity,
  })
  .refine(({ origin, dest }) => origin !== dest, { path: ['dest'], message: 'is the origin' });

export type TransferAnswer =
  | { readonly kind: 'done'; readonly status: string }
  /** The step is not possible from here; `status` is where it is. */
  | { readonly kind: 'not_now'; readonly status: string }
  /** Too much of it is promised to buyers. */
  | { readonly kind: 'not_enough' }
  | { readonly kind: 'other_transfer' | 'no_such_transfer' | 'no_such_stock' };

export const changeStock = z.strictObject({
  safety_stock: z.number().int().min(0).max(1_000_000).optional(),
  hold_at: z.enum(['cart', 'order']).optional(),
  sell_in_transit: z.boolean().optional(),
});
export type ChangeStock = z.infer<typeof changeStock>;

/** A warehouse's count. `on_hand` is what it answers for, parcels included until they are delivered. */
export const stockFeed = z.strictObject({
  sequence: z.number().int().min(1),
  as_of_ms: z.number().int().min(0),
  levels: z
    .array(z.strictObject({ sku, on_hand: z.number().int().min(0).max(1_000_000_000) }))
    .min(1)
    .max(1_000)
    .refine(
      (levels) => new Set(levels.map((level) => level.sku)).size === levels.length,
      'names a SKU twice',
    ),
});
export type StockFeed = z.infer<typeof stockFeed>;

export interface StockFeedAnswer {
  /** `old`: this sequence, or a later one, was taken before; nothing changed. */
  readonly kind: 'taken' | 'old';
  /** SKUs of which more is promised than was counted. */
  readonly shortfalls: readonly string[];
}
