// The orders service for tests, entered by its front door, and the books it must keep whatever happened.
import { createHash, randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import { readConfig } from '../config.ts';
import type {
  NextAttemptAnswer,
  PaymentEvent,
  PaymentEventAnswer,
  PlaceOrder,
  PlaceOrderAnswer,
} from '../contracts/orders-api.ts';
import type { Sql } from '../db/client.ts';
import type { TestDatabase } from '../db/test-database.ts';
import { serviceTokenHeader } from '../http/service-token.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { createLog } from '../telemetry/log.ts';
import { createOrdersApp } from './app.ts';

const serviceToken = 'token-of-the-tests';
export const submissionDeadlineMs = 5_000;

export interface TestOrders {
  readonly app: Hono;
  place(order: PlaceOrder): Promise<PlaceOrderAnswer>;
  event(orderId: string, event: PaymentEvent): Promise<PaymentEventAnswer>;
  nextAttempt(orderId: string, failed: string, provider?: string): Promise<NextAttemptAnswer>;
  metrics(): Promise<string>;
  post(
    path: string,
    body: unknown,
    token?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
}

/** One instance of the service: its own pool, as a process of its own has. */
export function ordersInstance(
  database: TestDatabase,
  {
    poolSize = 10,
    env = {},
  }: { readonly poolSize?: number; readonly env?: Readonly<Record<string, string>> } = {},
): TestOrders {
  const instruments = createInstruments('orders');
  const app = createOrdersApp({
    db: database.open('orders', poolSize),
    instruments,
    log: createLog('orders', 'error'),
    config: readConfig({
      DATABASE_URL: database.urls.orders,
      SERVICE_TOKEN: serviceToken,
      SUBMISSION_DEADLINE_MS: String(submissionDeadlineMs),
      ...env,
    }),
  });
  const post: TestOrders['post'] = async (path, body, token = serviceToken, headers = {}) =>
    app.request(path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { [serviceTokenHeader]: token, ...headers },
    });
  const ask = async <T>(path: string, body: unknown): Promise<T> => {
    const response = await post(path, body);
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    app,
    post,
    place: (order) => ask('/internal/v1/orders', order),
    event: (orderId, event) => ask(`/internal/v1/orders/${orderId}/events`, event),
    nextAttempt: (orderId, failed_attempt_id, provider = 'psp-backup') =>
      ask(`/internal/v1/orders/${orderId}/attempts`, { failed_attempt_id, provider }),
    metrics: async () => (await instruments.expose()).body,
  };
}

export interface Wish {
  readonly sku?: string;
  readonly quantity?: number;
  readonly lines?: PlaceOrder['lines'];
  readonly key?: string;
  readonly checkout?: string;
}

/** A submission as checkout sends it; every one is another buyer's unless key or checkout are given. */
export function submission({ sku = 'AAAA1111', quantity = 1, lines, key, checkout }: Wish = {}): PlaceOrder {
  const bought = lines ?? [{ sku, quantity, unit_price_minor: 500 }];
  const subtotal = bought.reduce((sum, line) => sum + line.quantity * line.unit_price_minor, 0);
  const checkout_id = checkout ?? `cart_${randomBytes(6).toString('hex')}`;
  const business = JSON.stringify([checkout_id, bought]);
  return {
    idempotency: {
      key: key ?? `key-${randomBytes(6).toString('hex')}`,
      scope: 'POST /v1/orders',
      fingerprint: createHash('sha256').update(business).digest('hex'),
    },
    checkout_id,
    market: 'GB',
    currency: 'GBP',
    lines: bought,
    subtotal_minor: subtotal,
    shipping_minor: 395,
    tax_minor: 100,
    total_minor: subtotal + 495,
    email: 'buyer@example.test',
    address: {
      name: 'A. Buyer',
      line1: '1 High Street',
      city: 'London',
      postal_code: 'N1 1AA',
      country: 'GB',
    },
    shipping_method: 'standard',
    payment: { method: 'card', provider: 'psp-primary' },
  };
}

export const paymentEventOf = (
  attemptId: string,
  type: PaymentEvent['type'],
  more: Partial<PaymentEvent> = {},
): PaymentEvent => ({
  event_id: `psp:${attemptId}:${type.slice('payment.'.length)}`,
  type,
  attempt_id: attemptId,
  decided_at_ms: Date.now(),
  ...more,
});

/**
 * Every way the orders' books could be wrong, by name, counted with SQL of its own. Each is also a constraint or an
 * index; the tests drop those and see that the count still finds the row.
 */
export async function brokenBooks(owner: Sql): Promise<Record<string, number>> {
  const [row] = await owner<Record<string, number>[]>`
    select
      (select count(*) from (select 1 from orders.orders where state <> 'cancelled'
        group by checkout_id having count(*) > 1) x) as two_orders_of_one_checkout,
      (select count(*) from (select 1 from orders.payment_attempts where state in ('started', 'unknown', 'approved')
        group by order_id having count(*) > 1) x) as two_live_attempts,
      (select count(*) from orders.stock where reserved + in_transit_out > on_hand or reserved < 0) as oversold,
      (select count(*) from orders.stock s where reserved <> (select coalesce(sum(quantity), 0)
        from orders.reservations r where r.sku = s.sku and r.location_id = s.location_id and r.status = 'active')) as drifted,
      (select count(*) from orders.order_events e where not exists (select from orders.legal_transitions t
        where (t.from_state, t.event, t.to_state) = (e.from_state, e.type, e.to_state))) as illegal_transitions,
      (select count(*) from orders.orders o where state <> (select to_state from orders.order_events e
        where e.order_id = o.public_id order by (e.from_state = 'cart'), created_at desc,
          (e.to_state = 'cancelled') desc limit 1)) as state_without_event,
      (select count(*) from orders.orders o where state = 'authorized' and exists (select from orders.order_lines l
        where l.order_id = o.public_id and not exists (select from orders.reservations r
          where (r.order_id, r.sku, r.status) = (l.order_id, l.sku, 'active')))) as sold_without_stock,
      (select count(*) from orders.orders o where total_minor * (state not in ('pending_payment', 'cancelled'))::int <> (
        select coalesce(sum(case kind when 'authorized' then amount_minor when 'voided' then -amount_minor else 0 end), 0)
        from orders.payment_ledger l where l.order_id = o.public_id)
        -- Authorised, then cancelled by a wish: held until reconciliation has voided it.
        and not (state = 'cancelled' and exists (select from orders.order_events e
          where e.order_id = o.public_id and (e.from_state, e.to_state) = ('authorized', 'cancelled')))
        and not exists (select from orders.discrepancies d join orders.payment_attempts a on a.id = d.reference
          where a.order_id = o.public_id and d.resolved_at is null)) as unbalanced_ledgers,
      (select count(*) from orders.orders o where state in ('authorized', 'cancelled') and (select count(*)
        from orders.outbox x where x.order_id = o.public_id and x.type = 'order.' || o.state) <> 1) as not_announced_once,
      (select count(*) from orders.orders o left join orders.order_balances b on b.order_id = o.public_id
        where (coalesce(b.captured_minor, 0), coalesce(b.refunded_minor, 0), coalesce(b.charged_back_minor, 0), coalesce(b.reversed_minor, 0))
          <> (select coalesce(sum(amount_minor) filter (where kind = 'captured'), 0), coalesce(sum(amount_minor) filter (where kind = 'refunded'), 0),
            coalesce(sum(amount_minor) filter (where kind = 'charged_back'), 0),
            coalesce(sum(amount_minor) filter (where kind = 'chargeback_reversed'), 0)
            from orders.payment_ledger l where l.order_id = o.public_id)) as drifted_balances,
      (select count(*) from orders.order_balances where captured_minor > authorized_minor or reversed_minor > charged_back_minor
        or refunded_minor + charged_back_minor - reversed_minor > captured_minor) as returned_too_much,
      (select count(*) from orders.orders o where state in ('captured', 'partially_fulfilled', 'fulfilled', 'partially_refunded',
          'returned', 'refunded') and not exists (select from orders.payment_ledger l
          where l.order_id = o.public_id and l.kind = 'captured')) as captured_without_money,
      (select count(*) from orders.stock s where in_transit_out <> (select coalesce(sum(l.quantity), 0)
        from orders.shipments p join orders.shipment_lines l on l.shipment_id = p.id
        where (l.sku, p.location_id) = (s.sku, s.location_id) and p.status in ('picking', 'packed', 'in_transit'))) as parcels_drifted`;
  return Object.fromEntries(Object.entries(row!).filter(([, count]) => count !== 0));
}
