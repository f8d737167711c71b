// A person says no: the order is cancelled, and whatever its provider holds is given back by the workers.
import { applyOrderEvent } from './apply-order-event.ts';
import { type Decided, decideReview } from './fraud-reviews.ts';
import type { RouteDeps } from './routes.ts';

/**
 * First the decision, which keeps the money from being captured, then the event. Said again after a death in between it
 * finishes the work: both are idempotent.
 */
export async function rejectReview(
  { db, instruments }: RouteDeps,
  orderId: string,
  by: string,
): Promise<Decided> {
  const decided = await db.query('reject review', (sql) => decideReview(sql, orderId, 'rejected', by));
  if (decided.kind !== 'decided') return decided;
  await applyOrderEvent(db, instruments, orderId, {
    type: 'order.cancelled',
    event_id: 'fraud:rejected',
    reason: 'fraud_review',
  });
  return decided;
}
