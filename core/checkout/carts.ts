// Carts in PostgreSQL: one statement a call, because carts are the widest part of the funnel.
import type { CartAnswer } from '../contracts/checkout-api.ts';
import type { Database, Sql } from '../db/client.ts';
import { subtotal } from '../pricing/subtotal.ts';
import { newCartId } from './ids.ts';

export const maxLines = 200;
export const maxQuantity = 1_000;

type Line = CartAnswer['lines'][number];
type CartRow = Omit<CartAnswer, 'subtotal_minor'>;

const answerOf = ({ id, market, currency, lines }: CartRow): CartAnswer => ({
  id,
  market,
  currency,
  lines,
  subtotal_minor: subtotal(lines),
});

const linesOf = (sql: Sql, cartId: string) => sql`
  coalesce((select json_agg(json_build_object(
      'sku', l.sku, 'quantity', l.quantity, 'unit_price_minor', l.unit_price_minor) order by l.sku)
    from checkout.cart_lines l where l.cart_id = ${cartId}), '[]'::json) as lines`;

export interface NewCart {
  readonly market: string;
  readonly currency: string;
  /** After so long without a change a cart goes, with its quotes and its buyer's address. */
  readonly retentionDays: number;
}

export async function createCart(
  db: Database,
  { market, currency, retentionDays }: NewCart,
): Promise<CartAnswer> {
  const id = newCartId();
  await db.query(
    'create cart',
    (sql) => sql`
      with left_alone as (
        -- Two for each that comes: the table cannot outgrow its traffic.
        delete from checkout.carts where ctid = any (array(
          select ctid from checkout.carts
          where created_at < now() - ${retentionDays}::int * interval '1 day'
            and updated_at < now() - ${retentionDays}::int * interval '1 day'
          order by created_at limit 2 for update skip locked))
      )
      insert into checkout.carts (id, market, currency) values (${id}, ${market}, ${currency})`,
  );
  return { id, market, currency, lines: [], subtotal_minor: 0 };
}

export async function findCart(db: Database, id: string): Promise<CartAnswer | null> {
  const [row] = await db.query(
    'find cart',
    (sql) => sql<CartRow[]>`
      select c.id, c.market, c.currency, ${linesOf(sql, id)} from checkout.carts c where c.id = ${id}`,
  );
  return row === undefined ? null : answerOf(row);
}

export type AddLine =
  | { readonly kind: 'added'; readonly cart: CartAnswer }
  | { readonly kind: 'too_many' }
  | NotOpen;
/** Why a cart was not changed. */
export interface NotOpen {
  readonly kind: 'unknown_cart' | 'submitted' | 'other_currency';
}

export interface NewLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unit_price_minor: number;
  readonly weight_grams: number;
  readonly currency: string;
  /** Stock may be held for it. */
  readonly held: boolean;
}

/** Adds to the line of that SKU when there is one; it keeps the price it was first added with. */
export async function addLine(db: Database, cartId: string, line: NewLine): Promise<AddLine> {
  const [row] = await db.query(
    'add cart line',
    (sql) => sql<(Omit<CartRow, 'lines'> & { added: Line | null; others: Line[] })[]>`
      with cart as (
        update checkout.carts set version = version + 1, updated_at = now(), holds_stock = holds_stock or ${line.held}
        where id = ${cartId} and status = 'open' and currency = ${line.currency}
        returning id, market, currency
      ), others as (
        select l.sku, l.quantity, l.unit_price_minor from checkout.cart_lines l
        where l.cart_id = ${cartId} and l.sku <> ${line.sku}
      ), added as (
        insert into checkout.cart_lines as l (cart_id, sku, quantity, unit_price_minor, weight_grams)
        select id, ${line.sku}, ${line.quantity}::int, ${line.unit_price_minor}::bigint, ${line.weight_grams}::int
        from cart where (select count(*) from others) < ${maxLines}
        on conflict (cart_id, sku) do update set quantity = l.quantity + excluded.quantity
          where l.quantity + excluded.quantity <= ${maxQuantity}
        returning l.sku, l.quantity, l.unit_price_minor
      )
      select cart.*, (select to_json(added) from added) as added,
        coalesce((select json_agg(others) from others), '[]'::json) as others
      from cart`,
  );
  if (row === undefined) return whyNotOpen(db, cartId);
  if (row.added === null) return { kind: 'too_many' };
  const lines = [...row.others, row.added].sort((a, b) => (a.sku < b.sku ? -1 : 1));
  return { kind: 'added', cart: answerOf({ ...row, lines }) };
}

export interface Address {
  readonly name: string;
  readonly line1: string;
  readonly city: string;
  readonly postal_code: string;
  readonly country: string;
}

export async function setAddress(
  db: Database,
  cartId: string,
  email: string,
  address: Address,
): Promise<{ readonly kind: 'set'; readonly cart: CartAnswer } | NotOpen> {
  const [row] = await db.query(
    'set cart address',
    (sql) => sql<CartRow[]>`
      update checkout.carts
      set email = ${email}, address = ${sql.json({ ...address })}, version = version + 1, updated_at = now()
      where id = ${cartId} and status = 'open'
      returning id, market, currency, ${linesOf(sql, cartId)}`,
  );
  return row === undefined ? whyNotOpen(db, cartId) : { kind: 'set', cart: answerOf(row) };
}

/** Only asked after a refusal, so the good path stays one statement. */
async function whyNotOpen(db: Database, cartId: string): Promise<NotOpen> {
  const [row] = await db.query(
    'find cart status',
    (sql) => sql<{ status: string }[]>`select status from checkout.carts where id = ${cartId}`,
  );
  if (row === undefined) return { kind: 'unknown_cart' };
  return { kind: row.status === 'submitted' ? 'submitted' : 'other_currency' };
}
