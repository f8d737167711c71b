// A refund, written down: never more than what is left of the buyer's money once every refund under way is made.
import type { Database, Tx } from '../db/client.ts';

export interface RefundRequest {
  /** Whoever asks names the operation, so that asking again is one refund. */
  readonly operationId: string;
  /** null: all that is left. */
  readonly amountMinor: number | null;
  readonly reason: string;
}

export interface RefundView {
  readonly operation_id: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly state: 'requested' | 'unknown' | 'done' | 'refused';
}
export type RefundAnswer =
  | { readonly kind: 'requested' | 'known'; readonly refund: RefundView }
  /** The operation's name is that of another refund. */
  | { readonly kind: 'another' }
  | { readonly kind: 'too_much'; readonly left_minor: number; readonly currency: string }
  | { readonly kind: 'no_such_order' };

export function requestRefund(db: Database, orderId: string, request: RefundRequest): Promise<RefundAnswer> {
  return db.transaction('request refund', (tx) => inTransaction(tx, orderId, request));
}

async function inTransaction(tx: Tx, orderId: string, request: RefundRequest): Promise<RefundAnswer> {
  // Two refunds of one order are judged one after the other.
  const [order] = await tx`select 1 from orders.orders where public_id = ${orderId} for update`;
  if (order === undefined) return { kind: 'no_such_order' };
  const { operationId, amountMinor, reason } = request;
  const [known] = await tx<(RefundView & { same: boolean })[]>`
    select operation_id, amount_minor, currency, state,
      order_id = ${orderId} and kind = 'refund' and (${amountMinor}::bigint is null or amount_minor = ${amountMinor}::bigint) as same
    from orders.payment_operations where operation_id = ${operationId}`;
  if (known !== undefined) {
    const { same, ...refund } = known;
    return same ? { kind: 'known', refund } : { kind: 'another' };
  }
  const [money] = await tx<{ left_minor: number; attempt_id: string | null; currency: string }[]>`
    select o.currency,
      coalesce(b.captured_minor - b.refunded_minor - b.charged_back_minor + b.reversed_minor, 0) - coalesce((
        select sum(amount_minor) from orders.payment_operations p
        where p.order_id = o.public_id and p.kind = 'refund' and p.state in ('requested', 'unknown')
          -- Booked by another teller, and not yet noted by the worker that made it.
          and not exists (select from orders.payment_ledger l where l.operation_id = p.operation_id and l.kind = 'refunded')), 0)::bigint as left_minor,
      (select attempt_id from orders.payment_ledger l where l.order_id = o.public_id and l.kind = 'captured') as attempt_id
    from orders.orders o left join orders.order_balances b on b.order_id = o.public_id where o.public_id = ${orderId}`;
  const { left_minor, attempt_id, currency } = money!;
  const amount = amountMinor ?? left_minor;
  if (attempt_id === null || amount <= 0 || amount > left_minor)
    return { kind: 'too_much', left_minor, currency };
  const [refund] = await tx<RefundView[]>`
    insert into orders.payment_operations (operation_id, order_id, kind, attempt_id, amount_minor, currency, reason)
    values (${operationId}, ${orderId}, 'refund', ${attempt_id}, ${amount}, ${currency}, ${reason})
    returning operation_id, amount_minor, currency, state`;
  return { kind: 'requested', refund: refund! };
}
