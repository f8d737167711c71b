// Idempotency keys whose caller died and never came back. One whose order or attempt has ended gets its answer; one that
// nothing waits for is released; one whose attempt is still undecided goes on waiting for it.
import type { Database, Tx } from '../db/client.ts';
import type { OrderState } from './order.ts';
import { openAnswer, settledAnswer, type StoredAnswer } from './settled-answer.ts';

interface OpenKey {
  readonly scope: string;
  readonly key: string;
  readonly order_id: string;
  readonly state: OrderState;
  readonly total_minor: number;
  readonly currency: string;
  /** The submission's own key, not that of a later payment. */
  readonly submitted: boolean;
  readonly own: boolean;
  readonly undecided: boolean;
}

export interface ClosedKeys {
  readonly completed: number;
  readonly released: number;
}

export function closeAbandonedKeys(
  db: Database,
  { staleAfterMs, limit }: { readonly staleAfterMs: number; readonly limit: number },
): Promise<ClosedKeys> {
  return db.transaction('close abandoned keys', async (tx) => {
    let completed = 0;
    let released = 0;
    for (const open of await openKeys(tx, staleAfterMs, limit)) {
      const answer = answerOf(open);
      if (answer === 'wait') continue;
      if (answer === 'release') released += 1;
      else completed += 1;
      await close(tx, open, answer);
    }
    return { completed, released };
  });
}

/** Keys are kept for 72 hours, which is what the answer of the API promises; undecided ones for as long as it takes. */
export async function forgetExpiredKeys(db: Database, limit: number): Promise<number> {
  const rows = await db.query(
    'forget expired keys',
    (sql) => sql`
      delete from orders.idempotency_keys where ctid = any (array(
        select ctid from orders.idempotency_keys
        where expires_at < now() and recovery_point = 'finished'
        order by expires_at limit ${limit} for update skip locked))
      returning 1`,
  );
  return rows.length;
}

const openKeys = (tx: Tx, staleAfterMs: number, limit: number) => tx<OpenKey[]>`
  select k.scope, k.key, k.order_id, o.state, o.total_minor, o.currency,
    (k.scope, k.key) = (o.idempotency_scope, o.idempotency_key) as submitted,
    coalesce(bool_or(mine.yes), false) as own,
    coalesce(bool_or(mine.yes and a.state in ('started', 'unknown', 'action_required')), false) as undecided
  from (
    select * from orders.idempotency_keys where recovery_point = 'placed'
      and locked_at < clock_timestamp() - ${staleAfterMs}::int * interval '1 millisecond'
    order by locked_at limit ${limit} for update skip locked
  ) k
  join orders.orders o on o.public_id = k.order_id
  left join orders.payment_attempts a on a.order_id = k.order_id
  left join lateral (select case when a.idempotency_key is null
    then (k.scope, k.key) = (o.idempotency_scope, o.idempotency_key)
    else (k.scope, k.key) = (a.idempotency_scope, a.idempotency_key) end as yes) mine on true
  group by k.scope, k.key, k.order_id, o.state, o.total_minor, o.currency, o.idempotency_scope, o.idempotency_key`;

function answerOf(open: OpenKey): StoredAnswer | 'wait' | 'release' {
  if (open.state !== 'pending_payment') return settledAnswer(open);
  if (open.undecided) return 'wait';
  // Somebody else completes the payment under another key: this one did nothing, and may be used again.
  return open.own || open.submitted ? openAnswer(open.order_id) : 'release';
}

async function close(tx: Tx, { scope, key }: OpenKey, answer: StoredAnswer | 'release'): Promise<void> {
  if (answer === 'release')
    await tx`delete from orders.idempotency_keys where scope = ${scope} and key = ${key}`;
  else
    await tx`update orders.idempotency_keys
      set recovery_point = 'finished', status = ${answer.status}::int, body = ${tx.json(answer.body as never)}::jsonb
      where scope = ${scope} and key = ${key}`;
}
