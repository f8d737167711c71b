// Money that does not follow the order: noted when it appears, settled when it is given back.
import type { PaymentEvent } from '../contracts/orders-api.ts';
import type { Tx } from '../db/client.ts';
import type { DiscrepancyClass } from './payment-effect.ts';

/** One open row a class and attempt, however often it is met; met again after it was resolved, it opens again. */
export async function noteDiscrepancy(
  tx: Tx,
  kind: DiscrepancyClass,
  orderId: string,
  event: PaymentEvent,
): Promise<void> {
  await tx`
    insert into orders.discrepancies (class, reference, detail)
    values (${kind}, ${event.attempt_id}, ${`order ${orderId}, ${event.type}`})
    on conflict (class, reference) do update set resolved_at = null, first_seen_at = now()
    where orders.discrepancies.resolved_at is not null`;
  if (event.type !== 'payment.authorized') return;
  // The books say what the customer's bank says: this money is held until it is voided.
  await tx`
    insert into orders.payment_ledger (order_id, attempt_id, kind, amount_minor, currency)
    select order_id, id, 'authorized', amount_minor, currency from orders.payment_attempts where id = ${event.attempt_id}
    on conflict (attempt_id, kind) where operation_id is null do nothing`;
}

/** The provider voided what was held for an ended order or attempt. True when anything was still open. */
export async function settleVoid(tx: Tx, orderId: string, event: PaymentEvent): Promise<boolean> {
  const attemptId = event.attempt_id;
  const given = await tx`
    insert into orders.payment_ledger (order_id, attempt_id, kind, amount_minor, currency)
    select order_id, attempt_id, 'voided', amount_minor, currency from orders.payment_ledger
    where order_id = ${orderId} and attempt_id = ${attemptId} and kind = 'authorized'
      -- What was captured is given back by a refund, whatever the provider calls it.
      and not exists (select from orders.payment_ledger c where c.attempt_id = ${attemptId} and c.kind = 'captured')
    on conflict (attempt_id, kind) where operation_id is null do nothing returning id`;
  // Whoever decides on a look at the order must see that its money changed.
  await tx`update orders.orders set updated_at = clock_timestamp() where public_id = ${orderId}`;
  const attempts = await tx`
    update orders.payment_attempts set state = 'voided', resolved_at = now()
    where id = ${attemptId} and state <> 'voided' returning id`;
  const resolved = await tx`
    update orders.discrepancies set resolved_at = now()
    where reference = ${attemptId} and class in ('late_authorization', 'authorized_without_stock') and resolved_at is null
    returning id`;
  return given.length + attempts.length + resolved.length > 0;
}
