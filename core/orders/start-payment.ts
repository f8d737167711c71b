// A payment of an order that waits for one. Key and attempt are committed together, before the provider is called:
//
//   order row locked → known key? told, in flight, or resumed → order still waits? → a live attempt? → attempt and key
//
// A live attempt whose buyer had to agree first is completed, or released for another method: whoever does either has
// claimed it. Any other is in the way: the unique index one_live_attempt is the last line against a second.
import type { Attempt, StartPayment, StartPaymentAnswer } from '../contracts/orders-api.ts';
import type { Database, Tx } from '../db/client.ts';
import { retryDeadlock } from '../db/conflict.ts';
import { completedLater } from '../payment/methods.ts';
import { noteRejection, reviewResumed } from './fraud-reviews.ts';
import { providerKey } from './ids.ts';
import { maxAttempts } from './next-attempt.ts';
import type { OrderState } from './order.ts';
import type { AttemptState } from './payment-effect.ts';
import { openAnswer, settledAnswer } from './settled-answer.ts';

export interface StartPaymentDeps {
  readonly db: Database;
  /** How long one caller may hold its key; older than this its process is dead or has given up. */
  readonly submissionDeadlineMs: number;
}

interface OrderRow {
  readonly order_id: string;
  readonly state: OrderState;
  readonly total_minor: number;
  readonly currency: string;
  readonly unwanted: boolean;
}

type AttemptRow = Attempt & {
  readonly state: AttemptState;
  readonly idempotency_scope: string | null;
  readonly idempotency_key: string | null;
};

const live: ReadonlySet<AttemptState> = new Set<AttemptState>([
  'started',
  'unknown',
  'approved',
  'action_required',
]);

export async function startPayment(
  { db, submissionDeadlineMs }: StartPaymentDeps,
  orderId: string,
  request: StartPayment,
): Promise<StartPaymentAnswer> {
  const { fraud } = request;
  const answer = await retryDeadlock(() =>
    db.transaction('start payment', (tx) => decide(tx, orderId, request, submissionDeadlineMs)),
  );
  if (answer.kind !== 'not_seen' || fraud?.decision !== 'reject') return answer;
  const [order] = await db.query(
    'read order total',
    (sql) => sql<{ amount_minor: number; currency: string }[]>`
      select total_minor as amount_minor, currency from orders.orders where public_id = ${orderId}`,
  );
  await noteRejection(db, fraud, order!);
  return answer;
}

async function decide(
  tx: Tx,
  orderId: string,
  request: StartPayment,
  staleAfterMs: number,
): Promise<StartPaymentAnswer> {
  const [order] = await tx<OrderRow[]>`
    select public_id as order_id, state, total_minor, currency, cancel_requested_at is not null as unwanted
    from orders.orders where public_id = ${orderId} for update`;
  if (order === undefined) return { kind: 'no_such_order' };
  const attempts = await tx<AttemptRow[]>`
    select id, attempt_no, provider, amount_minor, currency, state, idempotency_scope, idempotency_key
    from orders.payment_attempts where order_id = ${orderId} order by attempt_no for update`;
  const known = await answerForKey(tx, order, attempts, request, staleAfterMs);
  if (known !== null) return known;
  if (request.replay_only) return { kind: 'not_seen' };
  if (order.state !== 'pending_payment' || order.unwanted)
    return { kind: 'not_payable', state: order.unwanted ? 'cancelled' : order.state };

  const last = attempts.at(-1)!;
  const alive = attempts.find(({ state }) => live.has(state));
  if (alive !== undefined) {
    if (alive.state !== 'action_required') return { kind: 'attempt_live' };
    const kind = completedLater.has(request.method) ? 'complete' : 'release';
    const claim = kind === 'complete' ? request.idempotency : releaseOf(alive, request);
    // Somebody else completes or releases it at this moment; once they gave up, it is whoever asks next. To release it
    // twice is to release it.
    const joins = kind === 'release' && alive.idempotency_scope === claim.scope;
    if (!joins && (await isHeld(tx, alive, staleAfterMs))) return { kind: 'attempt_live' };
    await claimKey(tx, orderId, claim);
    await tx`update orders.payment_attempts set idempotency_scope = ${claim.scope}, idempotency_key = ${claim.key}
      where id = ${alive.id}`;
    return { kind, attempt: plain(alive) };
  }
  if (last.attempt_no >= maxAttempts) return { kind: 'too_many_attempts' };
  await claimKey(tx, orderId, request.idempotency);
  return { kind: 'started', attempt: await newAttempt(tx, order, last, request) };
}

async function newAttempt(tx: Tx, order: OrderRow, last: AttemptRow, request: StartPayment) {
  const attempt: Attempt = {
    id: providerKey(order.order_id, last.attempt_no + 1),
    attempt_no: last.attempt_no + 1,
    provider: request.provider,
    amount_minor: order.total_minor,
    currency: order.currency,
  };
  await tx`insert into orders.payment_attempts ${tx({
    ...attempt,
    order_id: order.order_id,
    method: request.method,
    retryable: true,
    idempotency_scope: request.idempotency.scope,
    idempotency_key: request.idempotency.key,
  })}`;
  if (request.fraud?.decision === 'review') await reviewResumed(tx, order.order_id, request.fraud);
  return attempt;
}

/** What the key is told already; null when it is new. Its row is locked by the order's. */
async function answerForKey(
  tx: Tx,
  order: OrderRow,
  attempts: readonly AttemptRow[],
  { idempotency: { scope, key, fingerprint }, fraud }: StartPayment,
  staleAfterMs: number,
): Promise<StartPaymentAnswer | null> {
  const [held] = await tx<
    {
      fingerprint: string;
      recovery_point: string;
      status: number | null;
      body: unknown;
      held_ms: number;
    }[]
  >`
    select fingerprint, recovery_point, status, body,
      (extract(epoch from clock_timestamp() - locked_at) * 1000)::float8 as held_ms
    from orders.idempotency_keys where scope = ${scope} and key = ${key}`;
  if (held === undefined) return null;
  if (held.fingerprint !== fingerprint) return { kind: 'key_reused' };
  if (held.recovery_point === 'finished') return { kind: 'replay', status: held.status!, body: held.body };
  const remainingMs = staleAfterMs - held.held_ms;
  if (remainingMs > 0)
    return { kind: 'in_flight', retry_after_s: Math.max(1, Math.ceil(remainingMs / 1000)) };
  await tx`update orders.idempotency_keys set locked_at = clock_timestamp() where scope = ${scope} and key = ${key}`;
  if (fraud !== undefined) await reviewResumed(tx, order.order_id, fraud);
  // A failover makes further attempts under the same key; the latest is the one to go on with.
  const own = attempts.findLast((one) => one.idempotency_scope === scope && one.idempotency_key === key);
  if (own?.state === 'started' || own?.state === 'unknown') return { kind: 'resume', attempt: plain(own) };
  if (own?.state === 'action_required') return { kind: 'resume_complete', attempt: plain(own) };
  const settled = order.state === 'pending_payment' ? openAnswer(order.order_id) : settledAnswer(order);
  return { kind: 'replay', ...settled };
}

const releasing = 'release';

/** A key of its own: the request's is for the payment that follows, and the end of what waits must not answer it. */
const releaseOf = ({ id }: AttemptRow, { idempotency }: StartPayment): StartPayment['idempotency'] => ({
  ...idempotency,
  scope: releasing,
  key: id,
});

async function claimKey(
  tx: Tx,
  orderId: string,
  { scope, key, fingerprint }: StartPayment['idempotency'],
): Promise<void> {
  // Only a release is claimed again.
  const again = tx`on conflict (scope, key) do update set locked_at = clock_timestamp()`;
  await tx`insert into orders.idempotency_keys (scope, key, fingerprint, recovery_point, order_id)
    values (${scope}, ${key}, ${fingerprint}, 'placed', ${orderId}) ${scope === releasing ? again : tx``}`;
}

async function isHeld(tx: Tx, attempt: AttemptRow, staleAfterMs: number): Promise<boolean> {
  if (attempt.idempotency_key === null) return false;
  const held = await tx`
    select from orders.idempotency_keys
    where scope = ${attempt.idempotency_scope} and key = ${attempt.idempotency_key} and recovery_point = 'placed'
      and locked_at > clock_timestamp() - ${staleAfterMs}::int * interval '1 millisecond'`;
  return held.length > 0;
}

const plain = ({ id, attempt_no, provider, amount_minor, currency }: AttemptRow): Attempt => ({
  id,
  attempt_no,
  provider,
  amount_minor,
  currency,
});
