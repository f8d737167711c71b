// The catalogue in memory: a peak reads it on every click, and it changes rarely. Loaded before the service is ready,
// refreshed when it is older than its limit, or at once by invalidate().
import type { Database } from '../db/client.ts';
import { errorFields, type Log } from '../telemetry/log.ts';

/** How late a price or a withdrawn article may be noticed. */
const maxAgeMs = 30_000;
// A broken refresh is not tried on every click.
const retryAfterMs = 1_000;

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
  /** Loads it again now. */
  invalidate(): Promise<void>;
}

export function createCatalog(db: Database, log: Log): Catalog {
  let items: readonly CatalogItem[] = [];
  let bySku: ReadonlyMap<string, CatalogItem> = new Map();
  let dueAt = 0;
  let loading: Promise<void> | null = null;
  let loaded = false;

  async function load(): Promise<void> {
    const rows = await db.query(
      'load catalogue',
      (sql) => sql<CatalogItem[]>`
        select v.sku, v.title, v.price_minor, v.currency, v.weight_grams
        from checkout.variants v join checkout.products p on p.id = v.product_id
        where v.status = 'active' and p.status = 'active'
        order by v.sku collate "C"`,
    );
    items = rows;
    bySku = new Map(rows.map((item) => [item.sku, item]));
    loaded = true;
    dueAt = performance.now() + maxAgeMs;
  }

  const loadOnce = () => {
    loading ??= load().finally(() => {
      loading = null;
    });
    return loading;
  };

  /** Readers get what is there and never wait; a failed refresh keeps the old catalogue on sale. */
  function refreshWhenDue(): void {
    const now = performance.now();
    if (now < dueAt || loading !== null) return;
    dueAt = now + retryAfterMs;
    loadOnce().catch((error: unknown) => log.warn('catalogue.refresh_failed', errorFields(error)));
  }

  return {
    ready: () => (loaded ? Promise.resolve() : loadOnce()),
    invalidate: loadOnce,
    find(sku) {
      refreshWhenDue();
      return bySku.get(sku);
    },
    page(after, limit) {
      refreshWhenDue();
      const start = items.findIndex((item) => item.sku > after);
      return start === -1 ? [] : items.slice(start, start + limit);
    },
  };
}
