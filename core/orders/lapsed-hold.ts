// The payment was approved after the hold on stock had lapsed: take the stock again, or end the order and give the money back.
import type { PaymentEvent } from '../contracts/orders-api.ts';
import type { Tx } from '../db/client.ts';
import { holdAgain } from '../inventory/hold-again.ts';
import type { Outcome } from './outcome.ts';
import { type Move, moveOrder } from './move.ts';
import { settledAnswer } from './settled-answer.ts';
import { noteDiscrepancy } from './settlement.ts';

// It is authorised in this transaction, and a hold of an authorised order does not lapse: the length is a formality.
const holdMs = 600_000;

/** True when every line is held again; the caller holds the order's row. */
export async function recoverHold(tx: Tx, orderId: string): Promise<boolean> {
  if (!(await holdAgain(tx, orderId, holdMs))) return false;
  await tx`update orders.orders set hold_lapsed_at = null where public_id = ${orderId}`;
  return true;
}

/** Authorised and cancelled in one transaction, both on record; the open discrepancy makes reconciliation void. */
export async function cancelForWantOfStock(
  tx: Tx,
  authorize: Omit<Move, 'answer'>,
  event: PaymentEvent,
  order: { readonly total_minor: number; readonly currency: string },
): Promise<Outcome> {
  const { orderId } = authorize;
  await tx`update orders.orders set hold_lapsed_at = null where public_id = ${orderId}`;
  const authorized = await moveOrder(tx, { ...authorize, announces: null, answer: null });
  const cancelled = await moveOrder(tx, {
    ...authorize,
    eventId: `${event.event_id}:no-stock`,
    event: 'order.cancelled',
    from: 'authorized',
    to: 'cancelled',
    attemptFrom: ['approved'],
    attemptTo: 'approved',
    ledger: null,
    announces: 'order.cancelled',
    answer: settledAnswer({ ...order, order_id: orderId, state: 'cancelled' }),
    reason: 'no_stock',
  });
  if (authorized === null || cancelled === null)
    throw new Error(`order ${orderId} moved while its row was locked`);
  await noteDiscrepancy(tx, 'authorized_without_stock', orderId, event);
  return {
    answer: { kind: 'applied', state: 'cancelled' },
    entered: ['authorized', 'cancelled'],
    voided: cancelled.voided,
  };
}
