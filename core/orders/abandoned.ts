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
