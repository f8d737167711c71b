// Quotes in PostgreSQL: written for one version of a cart, read back once at submission.
import type { QuoteAnswer } from '../contracts/checkout-api.ts';
import type { Database } from '../db/client.ts';
import type { Address } from './carts.ts';

/** Long enough to type a card, short enough for a price to be meant. */
const validMinutes = 15;

export interface QuotedLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unit_price_minor: number;
  readonly weight_grams: number;
}
export interface CartToQuote {
  readonly id: string;
  readonly version: number;
  readonly status: 'open' | 'submitted';
  readonly market: string;
  readonly currency: string;
  readonly email: string | null;
  readonly address: Address | null;
  readonly lines: readonly QuotedLine[];
}

export async function readCartToQuote(db: Database, cartId: string): Promise<CartToQuote | null> {
  const [row] = await db.query(
    'read cart to quote',
    (sql) => sql<CartToQuote[]>`
      select c.id, c.version, c.status, c.market, c.currency, c.email, c.address,
        coalesce((select json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity,
            'unit_price_minor', l.unit_price_minor, 'weight_grams', l.weight_grams) order by l.sku)
          from checkout.cart_lines l where l.cart_id = c.id), '[]'::json) as lines
      from checkout.carts c where c.id = ${cartId}`,
  );
  return row ?? null;
}

export type NewQuote = Omit<QuoteAnswer, 'expires_at'> & {
  readonly cart_version: number;
  readonly shipping_method: string;
  /** The end of a promotion in it; null when only the clock of quotes ends it. */
  readonly holds_until: Date | null;
};

/** Null when the cart moved on while its tax was asked for. */
export async function storeQuote(db: Database, quote: NewQuote): Promise<QuoteAnswer | null> {
  const [row] = await db.query(
    'store quote',
    (sql) => sql<{ expires_at: Date }[]>`
      insert into checkout.quotes (id, cart_id, cart_version, shipping_method,
        subtotal_minor, discount_minor, promotions, shipping_minor, tax_minor, total_minor, currency, expires_at)
      select ${quote.id}, c.id, c.version, ${quote.shipping_method}, ${quote.subtotal_minor}::bigint,
        ${quote.discount_minor ?? 0}::bigint, ${(quote.promotions ?? []).map(({ id }) => id)}::text[],
        ${quote.shipping_minor}::bigint, ${quote.tax_minor}::bigint, ${quote.total_minor}::bigint, c.currency,
        least(now() + make_interval(mins => ${validMinutes}), ${quote.holds_until}::timestamptz)
      from checkout.carts c
      where c.id = ${quote.cart_id} and c.version = ${quote.cart_version} and c.status = 'open'
      returning expires_at`,
  );
  if (row === undefined) return null;
  const { cart_version: _, shipping_method: __, holds_until: ___, ...answer } = quote;
  return { ...answer, expires_at: row.expires_at.toISOString() };
}

export type Submission = CartToQuote & {
  readonly shipping_method: string;
  readonly subtotal_minor: number;
  readonly discount_minor: number;
  /** Ids. */
  readonly promotions: readonly string[];
  readonly shipping_minor: number;
  readonly tax_minor: number;
  readonly total_minor: number;
  readonly expired: boolean;
  readonly holds_stock: boolean;
  readonly cart_version: number;
};

/** The quote and its cart as they are now, in one statement. */
export async function readSubmission(
  db: Database,
  cartId: string,
  quoteId: string,
): Promise<Submission | null> {
  const [row] = await db.query(
    'read submission',
    (sql) => sql<Submission[]>`
      select c.id, c.version, c.status, c.market, c.currency, c.email, c.address,
        q.shipping_method, q.subtotal_minor, q.discount_minor, q.promotions, q.shipping_minor, q.tax_minor, q.total_minor, q.cart_version,
        q.expires_at <= now() as expired, c.holds_stock,
        coalesce((select json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity,
            'unit_price_minor', l.unit_price_minor, 'weight_grams', l.weight_grams) order by l.sku)
          from checkout.cart_lines l where l.cart_id = c.id), '[]'::json) as lines
      from checkout.quotes q join checkout.carts c on c.id = q.cart_id
      where q.id = ${quoteId} and c.id = ${cartId}`,
  );
  return row ?? null;
}
