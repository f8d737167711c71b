// The statement behind placeOrder. It is its own transaction: no round trip while a stock row is locked.
import type { Attempt, PlaceOrder } from '../contracts/orders-api.ts';
import type { Sql } from '../db/client.ts';
import { coverage, hold } from '../inventory/reserve.ts';

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
  readonly ttlMs: number;
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
  /** SKUs that no location could serve; empty when stock was not the reason. */
  readonly short: string[];
}

export async function writeOrder(sql: Sql, order: OrderToWrite): Promise<Written> {
  const { request, lines, orderId, attempt } = order;
  const { key, scope, fingerprint } = request.idempotency;
  const [row] = await sql<Written[]>`
    with demand as (
      select * from unnest(${lines.map((line) => line.sku)}::text[], ${lines.map((line) => line.quantity)}::int[],
        ${lines.map((line) => line.unit_price_minor)}::bigint[]) as d (sku, quantity, unit_price_minor)
    ),
    ${coverage(sql)},
    claimed as (
      insert into orders.idempotency_keys (scope, key, fingerprint, recovery_point, order_id)
      select ${scope}, ${key}, ${fingerprint}, 'placed', ${orderId} from covered where yes
      on conflict (scope, key) do nothing
      returning order_id
    ),
    holder as (
      insert into orders.orders (public_id, checkout_id, state, market, currency, total_minor, email, address,
        shipping_method, idempotency_scope, idempotency_key)
      select order_id, ${request.checkout_id}, 'pending_payment', ${request.market}, ${request.currency},
        ${request.total_minor}::bigint, ${request.email}, ${sql.json(request.address)}::jsonb, ${request.shipping_method},
        ${scope}, ${key}
      from claimed
      returning public_id as order_id
    ),
    ${hold(sql, order.ttlMs)},
    lines as (
      insert into orders.order_lines (order_id, sku, location_id, quantity, unit_price_minor)
      select t.order_id, t.sku, t.location_id, t.quantity, d.unit_price_minor from taken t join demand d on d.sku = t.sku
    ),
    attempts as (
      insert into orders.payment_attempts (id, order_id, attempt_no, provider, amount_minor, currency)
      select ${attempt.id}, order_id, ${attempt.attempt_no}::int, ${attempt.provider}, ${attempt.amount_minor}::bigint,
        ${attempt.currency}
      from holder
    ),
    events as (
      insert into orders.order_events (order_id, event_id, type, from_state, to_state)
      select order_id, 'submitted', 'checkout.submitted', 'cart', 'pending_payment' from holder
    )
    select exists (select from holder) as placed,
      array(select sku from demand except select sku from chosen order by sku) as short`;
  return row!;
}
