// What is known of a key or a cart that was submitted before.
import type { Attempt, PlaceOrder, PlaceOrderAnswer } from '../contracts/orders-api.ts';
import type { Database, Sql } from '../db/client.ts';
import { reviewResumed } from './fraud-reviews.ts';
import type { OrderState } from './order.ts';
import { settledAnswer } from './settled-answer.ts';

export interface HeldKey {
  readonly fingerprint: string;
  readonly recovery_point: 'placed' | 'finished';
  readonly status: number | null;
  readonly body: unknown;
  readonly held_ms: number;
}
export interface EarlierSubmission {
  readonly key: HeldKey | null;
  /** The order this cart already became. */
  readonly live_order_id: string | null;
}

export async function earlierSubmission(db: Database, request: PlaceOrder): Promise<EarlierSubmission> {
  const { scope, key } = request.idempotency;
  const [row] = await db.query(
    'read earlier submission',
    (sql) => sql<(Partial<HeldKey> & { live_order_id: string | null })[]>`
      select k.fingerprint, k.recovery_point, k.status, k.body,
        (extract(epoch from clock_timestamp() - k.locked_at) * 1000)::float8 as held_ms,
        (select public_id from orders.orders where checkout_id = ${request.checkout_id} and state <> 'cancelled') as live_order_id
      from (select 1) one
      left join orders.idempotency_keys k on k.scope = ${scope} and k.key = ${key}`,
  );
  const { live_order_id, ...held } = row!;
  return { key: held.fingerprint ? (held as HeldKey) : null, live_order_id };
}

/** The answer to a submission whose key is taken. */
export async function answerForKey(
  { db, submissionDeadlineMs }: { db: Database; submissionDeadlineMs: number },
  request: PlaceOrder,
  held: HeldKey,
): Promise<PlaceOrderAnswer> {
  const { scope, key, fingerprint } = request.idempotency;
  if (held.fingerprint !== fingerprint) return { kind: 'key_reused' };
  if (held.recovery_point === 'finished') return { kind: 'replay', status: held.status!, body: held.body };
  const remainingMs = submissionDeadlineMs - held.held_ms;
  if (remainingMs > 0) return inFlight(remainingMs);
  const taken = await db.query('take over submission', (sql) =>
    takeOver(sql, scope, key, submissionDeadlineMs),
  );
  // Another retry was faster, or the answer was stored a moment ago: the next retry will see which.
  if (taken === null) return inFlight(submissionDeadlineMs);
  const { order_id, state, total_minor, currency, attempt } = taken;
  const { fraud } = request;
  if (fraud !== undefined)
    await db.query('review resumed order', (sql) => reviewResumed(sql, order_id, fraud));
  if (state === 'pending_payment') return { kind: 'resume', order_id, attempt };
  return { kind: 'replay', ...settledAnswer({ order_id, state, total_minor, currency }) };
}

const inFlight = (remainingMs: number): PlaceOrderAnswer => ({
  kind: 'in_flight',
  retry_after_s: Math.max(1, Math.ceil(remainingMs / 1000)),
});

interface TakenOver {
  readonly order_id: string;
  readonly state: OrderState;
  readonly total_minor: number;
  readonly currency: string;
  readonly attempt: Attempt;
}

/** Moves the lock to this request; null when it is no longer stale. */
async function takeOver(
  sql: Sql,
  scope: string,
  key: string,
  staleAfterMs: number,
): Promise<TakenOver | null> {
  const [row] = await sql<TakenOver[]>`
    with taken as (
      update orders.idempotency_keys set locked_at = clock_timestamp()
      where scope = ${scope} and key = ${key} and recovery_point = 'placed'
        and locked_at < clock_timestamp() - ${staleAfterMs}::int * interval '1 millisecond'
      returning order_id
    )
    select o.public_id as order_id, o.state, o.total_minor, o.currency, json_build_object(
      'id', a.id, 'attempt_no', a.attempt_no, 'provider', a.provider,
      'amount_minor', a.amount_minor, 'currency', a.currency) as attempt
    from taken t
    join orders.orders o on o.public_id = t.order_id
    join orders.payment_attempts a on a.order_id = o.public_id
    order by a.attempt_no desc limit 1`;
  return row ?? null;
}
