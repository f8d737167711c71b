// A further attempt at another provider, committed before that provider is called. Only when every earlier attempt is
// proven to hold no money; the unique index one_live_attempt is the last line.
import type { Attempt, NextAttemptAnswer } from '../contracts/orders-api.ts';
import type { Database, Tx } from '../db/client.ts';
import { retryDeadlock } from '../db/conflict.ts';
import { providerKey } from './ids.ts';
import type { OrderState } from './order.ts';
import type { AttemptState } from './payment-effect.ts';

// The schema's limit on attempt_no; two providers need two.
export const maxAttempts = 9;

export interface NextAttemptRequest {
  readonly failed_attempt_id: string;
  readonly provider: string;
}

/** Asking again after a lost answer returns the attempt that was made. */
export function nextAttempt(
  db: Database,
  orderId: string,
  request: NextAttemptRequest,
): Promise<NextAttemptAnswer> {
  return retryDeadlock(() => db.transaction('next attempt', (tx) => decide(tx, orderId, request)));
}

type AttemptRow = Attempt & { readonly state: AttemptState };
const holdsNoMoney: ReadonlySet<AttemptState> = new Set<AttemptState>(['not_executed', 'declined', 'voided']);

async function decide(tx: Tx, orderId: string, request: NextAttemptRequest): Promise<NextAttemptAnswer> {
  const refused = (reason: string): NextAttemptAnswer => ({ kind: 'refused', reason });
  const [order] = await tx<{ state: OrderState; unwanted: boolean }[]>`
    select state, cancel_requested_at is not null as unwanted from orders.orders where public_id = ${orderId} for update`;
  if (order === undefined) return refused('no_such_order');
  if (order.state !== 'pending_payment') return refused(`order_${order.state}`);
  const attempts = await tx<AttemptRow[]>`
    select id, attempt_no, provider, amount_minor, currency, state from orders.payment_attempts
    where order_id = ${orderId} order by attempt_no for update`;
  const at = attempts.findIndex((attempt) => attempt.id === request.failed_attempt_id);
  const failed = attempts[at];
  if (failed === undefined) return refused('no_such_attempt');
  const made = attempts[at + 1];
  if (made !== undefined) {
    const same = made.provider === request.provider && made.state === 'started';
    return same ? { kind: 'attempt', attempt: withoutState(made) } : refused('not_the_latest_attempt');
  }
  if (order.unwanted) return refused('order_unwanted');
  // `started` is the caller's own attempt, which it says was not executed; `unknown` may have taken money.
  if (failed.state !== 'started' && !holdsNoMoney.has(failed.state))
    return refused(`attempt_${failed.state}`);
  if (failed.attempt_no >= maxAttempts) return refused('too_many_attempts');
  await tx`update orders.payment_attempts set state = 'not_executed', resolved_at = now()
    where id = ${failed.id} and state = 'started'`;
  const attempt: Attempt = {
    ...withoutState(failed),
    id: providerKey(orderId, failed.attempt_no + 1),
    attempt_no: failed.attempt_no + 1,
    provider: request.provider,
  };
  // The same payment at another provider: whoever waits for it waits on.
  await tx`
    insert into orders.payment_attempts (id, order_id, attempt_no, provider, amount_minor, currency, method, retryable,
      idempotency_scope, idempotency_key)
    select ${attempt.id}, order_id, ${attempt.attempt_no}::int, ${attempt.provider}, amount_minor, currency, method, retryable,
      idempotency_scope, idempotency_key
    from orders.payment_attempts where id = ${failed.id}`;
  return { kind: 'attempt', attempt };
}

const withoutState = ({ id, attempt_no, provider, amount_minor, currency }: AttemptRow): Attempt => ({
  id,
  attempt_no,
  provider,
  amount_minor,
  currency,
});
