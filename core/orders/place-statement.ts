// The statement behind placeOrder: one order or a batch of them. It is its own transaction: no round trip while a stock
// row is locked, and one commit for the whole batch, because the commit is the cost.
import type { Attempt, PlaceOrder } from '../contracts/orders-api.ts';
import { atMost } from '../db/at-most.ts';
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
  const wishes = orders.map(({ request, orderId, attempt, near }, n) => ({
    n,
    order_id: orderId,
    cart_id: request.checkout_id,
    market: request.market,
    currency: request.currency,
    total_minor: request.total_minor,
    email: request.email,
    address: request.address,
    shipping_method: request.shipping_method,
    ...request.idempotency,
    attempt_id: attempt.id,
    provider: attempt.provider,
    method: request.payment.method,
    near,
  }));
  const demands = orders.flatMap(({ lines }, n) => lines.map((line) => ({ n, ...line })));
  const holding = orders.some(({ request }) => request.holds_stock);
  const fraud = orders.length === 1 ? orders[0]!.request.fraud : undefined;
  const together = orders.length > 1;
  const several = demands.length > orders.length;
  return await sql<Written[]>`
    with wish as (
      select * from jsonb_to_recordset(${sql.json(wishes as never)}) as w (n int, order_id text, cart_id text, market text,
        currency text, total_minor bigint, email text, address jsonb, shipping_method text, scope text, key text,
        fingerprint text, attempt_id text, provider text, method text, near text)
      limit ${atMost(sql, wishes.length)}
    ),
    demand as (
      select * from jsonb_to_recordset(${sql.json(demands as never)})
        as d (n int, sku text, quantity int, unit_price_minor bigint)
      limit ${atMost(sql, demands.length)}
    ),
    ${allocation(sql, { ...choice, holding, together, several })},
    claimed as (
      insert into orders.idempotency_keys (scope, key, fingerprint, recovery_point, order_id)
      select w.scope, w.key, w.fingerprint, 'placed', w.order_id from covered join wish w using (n) ${together ? sql`order by w.scope, w.key` : sql``}
      on conflict (scope, key) do nothing
      returning order_id
    ),
    holder as (
      insert into orders.orders (public_id, checkout_id, state, market, currency, total_minor, email, address,
        shipping_method, idempotency_scope, idempotency_key)
      select order_id, w.cart_id, 'pending_payment', w.market, w.currency, w.total_minor, w.email, w.address,
        w.shipping_method, w.scope, w.key
      from claimed join wish w using (order_id)
      returning public_id as order_id
    ),
    ${hold(sql, ttlMs, holding)},
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
      array(select sku from short where n = w.n order by sku) as short,
      exists (select from fitted f where f.n = w.n and not f.fits) as crowded
    from wish w order by w.n`;
}
