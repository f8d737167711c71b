// The seed catalogue into both schemas. Run again it refreshes titles and prices and leaves stock as it is.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { z } from 'zod';
import { currency, money, sku } from '../contracts/checkout-api.ts';
import type { Log } from '../telemetry/log.ts';

/** The one warehouse of the seed; a second location is a row in orders.stock, not a change here. */
const seedLocation = 'LON-1';
const defaultWeightGrams = 250;

const catalogue = z.object({
  currency: currency.default('GBP'),
  items: z
    .array(
      z.object({
        sku,
        title: z.string().min(1),
        price_minor: money,
        currency: currency.optional(),
        initial_stock: z.number().int().nonnegative(),
        hold_at: z.enum(['cart', 'order']).default('cart'),
        weight_grams: z.number().int().positive().default(defaultWeightGrams),
      }),
    )
    .min(1),
});

export interface SeedOptions {
  readonly ownerUrl: string;
  readonly log?: Log;
  readonly file?: string;
}

const shipped = join(import.meta.dirname, '..', 'catalog', 'data', 'catalogue.json');

/** Loads the catalogue; the result says how many items it holds. */
export async function seed({ ownerUrl, log, file = shipped }: SeedOptions): Promise<{ items: number }> {
  const read = catalogue.parse(JSON.parse(await readFile(file, 'utf8')));
  const rows = read.items.map((item) => ({
    product: `prod_${item.sku}`,
    variant: `var_${item.sku}`,
    handle: `${item.title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${item.sku.toLowerCase()}`,
    ...item,
    currency: item.currency ?? read.currency,
  }));
  const sql = postgres(ownerUrl, { max: 1, connection: { application_name: 'headroom-seed' } });
  try {
    await sql.begin(async (tx) => {
      const column = <K extends keyof (typeof rows)[number]>(name: K) => rows.map((row) => row[name]);
      await tx`
        insert into checkout.products (id, handle, status)
        select id, handle, 'active' from unnest(${column('product')}::text[], ${column('handle')}::text[]) as item (id, handle)
        on conflict (id) do nothing`;
      await tx`
        insert into checkout.variants (id, product_id, sku, title, price_minor, currency, weight_grams, status)
        select *, 'active' from unnest(${column('variant')}::text[], ${column('product')}::text[], ${column('sku')}::text[],
          ${column('title')}::text[], ${column('price_minor')}::bigint[], ${column('currency')}::text[], ${column('weight_grams')}::int[])
        on conflict (id) do update set title = excluded.title, price_minor = excluded.price_minor,
          currency = excluded.currency, weight_grams = excluded.weight_grams`;
      // Stock is the shop's own record once it sells: a second seed must not put sold goods back on the shelf.
      await tx`
        insert into orders.stock (sku, location_id, on_hand, hold_at)
        select sku, ${seedLocation}, on_hand, hold_at
        from unnest(${column('sku')}::text[], ${column('initial_stock')}::int[], ${column('hold_at')}::text[])
          as item (sku, on_hand, hold_at)
        on conflict (sku, location_id) do nothing`;
    });
    // Fresh statistics: the planner must not learn the tables' size during the peak.
    await sql`analyze checkout.products, checkout.variants, orders.stock`;
  } finally {
    await sql.end({ timeout: 5 });
  }
  log?.info('db.seeded', { items: rows.length });
  return { items: rows.length };
}
