// Orders that wait for their buyer: to agree at a provider, or to pay in another way. The wait ends with the hold on stock.
import type { Database, Tx } from '../db/client.ts';
import { retryDeadlock } from '../db/conflict.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { reservations } from '../telemetry/metrics/inventory.ts';
import { orderTransitions } from '../telemetry/metrics/orders.ts';
import type { AbandonedOrder } from './abandoned.ts';
import { moveOrder } from './move.ts';
import type { AttemptState } from './payment-effect.ts';
import { settledAnswer } from './settled-answer.ts';

/** Attempts whose buyer has not agreed yet, oldest first; an order that is not wanted any more counts as old. */
export function awaitingBuyers(
  db: Database,
  { waitLimitMs, limit }: { readonly waitLimitMs: number; readonly limit: number },
): Promise<AbandonedOrder[]> {
  return db.query(
    'attempts that await their buyer',
    (sql) => sql<AbandonedOrder[]>`
      select a.order_id, a.id as attempt_id, a.provider, a.state as attempt_state,
        greatest(extract(epoch from now() - a.created_at) * 1000,
          case when o.cancel_requested_at is null then 0 else ${waitLimitMs}::float8 end)::float8 as age_ms
      from orders.payment_attempts a join orders.orders o on o.public_id = a.order_id
      where a.state = 'action_required' order by a.created_at limit ${limit}`,
  );
}

/** Ends orders that nobody pays: no attempt lives, and the time for another is over. The result counts them. */
export async function endUnpaid(
  db: Database,
  instruments: Instruments,
  { waitLimitMs, limit }: { readonly waitLimitMs: number; readonly limit: number },
): Promise<number> {
  const unpaid = await db.query(
    'find unpaid orders',
    (sql) => sql<{ order_id: string }[]>`
      select distinct o.public_id as order_id
      from orders.payment_attempts a join orders.orders o on o.public_id = a.order_id
      where a.retryable and o.state = 'pending_payment'
        and (o.cancel_requested_at is not null or o.hold_lapsed_at is not null
          or o.created_at < now() - ${waitLimitMs}::int * interval '1 millisecond')
        and not exists (select from orders.payment_attempts b where b.order_id = o.public_id
          and b.state in ('started', 'unknown', 'approved', 'action_required'))
      limit ${limit}`,
  );
  let ended = 0;
  for (const { order_id } of unpaid) {
    const voided = await retryDeadlock(() =>
      db.transaction('end unpaid order', (tx) => endOne(tx, order_id)),
    );
    if (voided === null) continue;
    ended += 1;
    instruments.count(orderTransitions, { to: 'cancelled' });
    if (voided > 0) instruments.count(reservations, { result: 'voided' });
  }
  return ended;
}

/** Reservations given back; null when the buyer came back meanwhile, who takes the same lock. */
async function endOne(tx: Tx, orderId: string): Promise<number | null> {
  const [order] = await tx<{ total_minor: number; currency: string }[]>`
    select total_minor, currency from orders.orders where public_id = ${orderId} and state = 'pending_payment' for update`;
  const attempts = await tx<{ id: string; state: AttemptState; retryable: boolean }[]>`
    select id, state, retryable from orders.payment_attempts where order_id = ${orderId} order by attempt_no`;
  const live = attempts.some(({ state }) => !['declined', 'not_executed', 'voided'].includes(state));
  if (order === undefined || live) return null;
  const last = attempts.at(-1)!;
  const moved = await moveOrder(tx, {
    orderId,
    attemptId: last.id,
    eventId: 'abandoned',
    event: 'payment.abandoned',
    from: 'pending_payment',
    to: 'cancelled',
    attemptFrom: [last.state],
    attemptTo: last.state,
    retryable: last.retryable,
    ledger: null,
    announces: 'order.cancelled',
    answer: settledAnswer({ ...order, order_id: orderId, state: 'cancelled' }),
    providerReference: null,
    reason: null,
  });
  return moved?.voided ?? null;
}
