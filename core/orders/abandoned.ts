// Attempts nobody is waiting for any more: what reconciliation must ask the provider about.
import type { Database } from '../db/client.ts';

export interface AbandonedOrder {
  readonly order_id: string;
  readonly attempt_id: string;
  readonly provider: string;
  readonly attempt_state: 'started' | 'unknown' | 'action_required';
  /** Since the attempt was committed, which is before the provider was called. */
  readonly age_ms: number;
}

/** Pending orders whose attempt is unknown, or was started longer than `startedBeforeMs` ago; oldest first. */
export function abandonedOrders(
  db: Database,
  { startedBeforeMs, limit }: { readonly startedBeforeMs: number; readonly limit: number },
): Promise<AbandonedOrder[]> {
  return db.query(
    'abandoned orders',
    (sql) => sql<AbandonedOrder[]>`
      select a.order_id, a.id as attempt_id, a.provider, a.state as attempt_state,
        (extract(epoch from now() - a.created_at) * 1000)::float8 as age_ms
      from orders.payment_attempts a join orders.orders o on o.public_id = a.order_id
      where o.state = 'pending_payment' and (a.state = 'unknown'
        or (a.state = 'started' and a.created_at < now() - ${startedBeforeMs}::int * interval '1 millisecond'))
      order by a.created_at limit ${limit}`,
  );
}

/**
 * Takes the attempt's submission over, as a retry of its caller would: for as long as a submission may take nobody sends the
 * attempt again. False while somebody may be sending it. Without it a charge that lands between the question whether there is
 * one and its void is approved to a shopper, and voided.
 */
export async function takeOverAttempt(
  db: Database,
  attemptId: string,
  callerGoneAfterMs: number,
): Promise<boolean> {
  const [row] = await db.query(
    'take over attempt',
    (sql) => sql<{ free: boolean }[]>`
      with open as (
        select k.scope, k.key
        from orders.payment_attempts a
        join orders.orders o on o.public_id = a.order_id
        join orders.idempotency_keys k on k.scope = coalesce(a.idempotency_scope, o.idempotency_scope)
          and k.key = coalesce(a.idempotency_key, o.idempotency_key) and k.recovery_point <> 'finished'
        where a.id = ${attemptId}
      ),
      taken as (
        update orders.idempotency_keys k set locked_at = clock_timestamp() from open
        where k.scope = open.scope and k.key = open.key and k.recovery_point <> 'finished'
          and k.locked_at < clock_timestamp() - ${callerGoneAfterMs}::int * interval '1 millisecond'
        returning 1
      )
      select exists (select from taken) or not exists (select from open) as free`,
  );
  return row!.free;
}
