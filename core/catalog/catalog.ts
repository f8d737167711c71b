// The catalogue in memory: a peak reads it on every click, and it changes rarely.
import type { Database } from '../db/client.ts';
import { createKept } from '../db/kept.ts';
import { errorFields, type Log } from '../telemetry/log.ts';

/** How late a price or a withdrawn article may be noticed. */
const maxAgeMs = 30_000;

export interface CatalogItem {
  readonly sku: string;
  readonly title: string;
  readonly price_minor: number;
  readonly currency: string;
  readonly weight_grams: number;
}

export interface Catalog {
  /** Loads it the first time; afterwards resolves at once. */
  ready(): Promise<void>;
  find(sku: string): CatalogItem | undefined;
  /** Items in SKU order after `after`. */
  page(after: string, limit: number): readonly CatalogItem[];
}

interface Shelf {
  readonly items: readonly CatalogItem[];
  readonly bySku: ReadonlyMap<string, CatalogItem>;
}

export function createCatalog(db: Database, log: Log): Catalog {
  const shelf = createKept<Shelf>({
    empty: { items: [], bySku: new Map() },
    maxAgeMs,
    async load() {
      const items = await db.query(
        'load catalogue',
        (sql) => sql<CatalogItem[]>`
          select v.sku, v.title, v.price_minor, v.currency, v.weight_grams
          from checkout.variants v join checkout.products p on p.id = v.product_id
          where v.status = 'active' and p.status = 'active'
          order by v.sku collate "C"`,
      );
      return { items, bySku: new Map(items.map((item) => [item.sku, item])) };
    },
    failed: (error) => log.warn('catalogue.refresh_failed', errorFields(error)),
  });
  return {
    ready: shelf.ready,
    find: (sku) => shelf.current().bySku.get(sku),
    page(after, limit) {
      const { items } = shelf.current();
      const start = items.findIndex((item) => item.sku > after);
      return start === -1 ? [] : items.slice(start, start + limit);
    },
  };
}
