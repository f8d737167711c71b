// The statement behind placeOrder: one order or a batch of them. It is its own transaction: no round trip while a stock
// row is locked, and one commit for the whole batch, because the commit is the cost.
import type { Attempt, PlaceOrder } from '../contracts/orders-api.ts';
import type { Sql } from '../db/client.ts';
import { allocation, type Choice, hold } from '../inventory/reserve.ts';
import { openReview } from './fraud-reviews.ts';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly unit_price_minor: number;
}

export interface OrderToWrite {
  readonly request: PlaceOrder;
  readonly lines: readonly Line[];
  readonly orderId: string;
  readonly attempt: Attempt;
  /** Location ids in order of preference, by comma. */
  readonly near: string;
}

/** One line a SKU: two lines checked one by one against the same stock would both pass. */
export function aggregate(lines: readonly Line[]): Line[] {
  const bySku = new Map<string, Line>();
  for (const line of lines) {
    const seen = bySku.get(line.sku);
    bySku.set(line.sku, seen === undefined ? line : { ...seen, quantity: seen.quantity + line.quantity });
  }
  return [...bySku.values()];
}

export interface Written {
  readonly placed: boolean;
  /** SKUs that could not be served; empty when stock was not the reason. */
  readonly short: string[];
  /** Short only behind the other buyers of the batch, who may have wanted nothing in the end. */
  readonly crowded: boolean;
}

export interface HowToWrite extends Choice {
  readonly ttlMs: number;
}

/** What became of each order, in order. A review is opened for an order that comes alone; batches are of others. */
export async function writeOrders(
  sql: Sql,
  orders: readonly OrderToWrite[],
  { ttlMs, ...choice }: HowToWrite,
): Promise<Written[]> {
  const text = (value: (order: OrderToWrite) => string) => sql`${orders.map(value)}::text[]`;
  const lines = orders.flatMap((order, at) => order.lines.map((line) => ({ ...line, n: at + 1 })));
  const fraud = orders.length === 1 ? orders[0]!.request.fraud : undefined;
  return await sql<Written[]>`
    with wish as (
      select * from unnest(
        ${text(({ orderId }) => orderId)}, ${text(({ request }) => request.checkout_id)},
        ${text(({ request }) => request.market)}, ${text(({ request }) => request.currency)},
        ${orders.map(({ request }) => request.total_minor)}::bigint[], ${text(({ request }) => request.email)},
        ${text(({ request }) => JSON.stringify(request.address))}, ${text(({ request }) => request.shipping_method)},
        ${text(({ request }) => request.idempotency.scope)}, ${text(({ request }) => request.idempotency.key)},
        ${text(({ request }) => request.idempotency.fingerprint)}, ${text(({ attempt }) => attempt.id)},
        ${text(({ attempt }) => attempt.provider)}, ${text(({ request }) => request.payment.method)},
        ${text(({ near }) => near)}
      ) with ordinality as w (order_id, cart_id, market, currency, total_minor, email, address, shipping_method, scope, key,
        fingerprint, attempt_id, provider, method, near, n)
    ),
    demand as (
      select * from unnest(${lines.map(({ n }) => n)}::bigint[], ${lines.map(({ sku }) => sku)}::text[],
        ${lines.map(({ quantity }) => quantity)}::int[], ${lines.map((line) => line.unit_price_minor)}::bigint[]
      ) as d (n, sku, quantity, unit_price_minor)
    ),
    ${allocation(sql, choice)},
    claimed as (
      insert into orders.idempotency_keys (scope, key, fingerprint, recovery_point, order_id)
      select w.scope, w.key, w.fingerprint, 'placed', w.order_id from covered join wish w using (n) order by w.scope, w.key
      on conflict (scope, key) do nothing
      returning order_id
    ),
    holder as (
      insert into orders.orders (public_id, checkout_id, state, market, currency, total_minor, email, address,
        shipping_method, idempotency_scope, idempotency_key)
      select order_id, w.cart_id, 'pending_payment', w.market, w.currency, w.total_minor, w.email, w.address::jsonb,
        w.shipping_method, w.scope, w.key
      from claimed join wish w using (order_id)
      returning public_id as order_id
    ),
    ${hold(sql, ttlMs)},
    lines as (
      insert into orders.order_lines (order_id, sku, location_id, quantity, unit_price_minor)
      select g.order_id, g.sku, g.location_id, g.quantity, d.unit_price_minor
      from granted g join demand d on d.n = g.n and d.sku = g.sku
    ),
    attempts as (
      insert into orders.payment_attempts (id, order_id, attempt_no, provider, amount_minor, currency, method)
      select w.attempt_id, w.order_id, 1, w.provider, w.total_minor, w.currency, w.method
      from holder join wish w using (order_id)
    ),
    ${fraud === undefined ? sql`` : sql`${openReview(sql, fraud)},`}
    events as (
      insert into orders.order_events (order_id, event_id, type, from_state, to_state)
      select order_id, 'submitted', 'checkout.submitted', 'cart', 'pending_payment' from holder
    )
    select w.order_id in (select order_id from holder) as placed,
      array(
        select d.sku from demand d where d.n = w.n
          and d.quantity > coalesce((select sum(f.quantity) from fitted f where f.n = d.n and f.sku = d.sku and f.fits), 0)
        order by d.sku
      ) as short,
      exists (select from fitted f where f.n = w.n and not f.fits) as crowded
    from wish w order by w.n`;
}
