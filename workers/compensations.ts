// The way back out: orders that cannot or shall not be kept are cancelled while nothing was captured, and refunded in full
// once something was. What is held and never captured is voided by reconciliation (stray-charges.ts).
import { applyOrderEvent, applyParked } from '../core/orders/apply-order-event.ts';
import { ordersToUndo, type Undone } from '../core/orders/compensations.ts';
import { ordersWithParked } from '../core/orders/parked-events.ts';
import { requestRefund } from '../core/orders/request-refund.ts';
import { fulfilmentWaiting } from '../core/telemetry/metrics/orders.ts';
import { alwaysSample, withSpan } from '../core/telemetry/tracing.ts';
import type { FulfilmentDeps } from './fulfilment.ts';
import { createInTurn, type PassResult } from './in-turn.ts';

const batchSize = 200;

/** One pass a call. */
export function createCompensations(deps: FulfilmentDeps): () => Promise<PassResult> {
  const { db, instruments, log, config } = deps;
  const undoing = createInTurn<Undone>(log, ({ order_id }) => order_id);
  const retrying = createInTurn<string>(log, (orderId) => orderId);
  return async () => {
    const parked = await ordersWithParked(db, batchSize);
    instruments.set(fulfilmentWaiting, { step: 'parked_event' }, parked.length);
    const applied = await retrying(parked, (orderId) => applyParked(db, instruments, orderId));
    const undone = await ordersToUndo(db, config.UNSENT_REFUND_AFTER_MS, batchSize);
    instruments.set(fulfilmentWaiting, { step: 'undo' }, undone.length);
    const undo = await undoing(undone, (order) => undoOne(deps, order));
    return {
      settled: applied.settled + undo.settled,
      failures: [...applied.failures, ...undo.failures],
    };
  };
}

function undoOne({ db, instruments }: FulfilmentDeps, order: Undone): Promise<boolean> {
  const { order_id, how, reason, refunds } = order;
  const attributes = { [alwaysSample]: true, 'headroom.order_id': order_id, 'headroom.reason': reason };
  return withSpan('undo order', { attributes }, async () => {
    if (how === 'refund') {
      // Two workers that look at once give it the same name; the refund itself is made by money-operations.ts.
      const operationId = `${order_id.replace(/^ord_/, 'ref_')}_all_${refunds + 1}`;
      const answer = await requestRefund(db, order_id, { operationId, amountMinor: null, reason });
      return answer.kind === 'requested';
    }
    const event_id = `undo:${reason}`;
    const answer = await applyOrderEvent(db, instruments, order_id, {
      type: 'order.cancelled',
      event_id,
      reason,
    });
    return answer.kind === 'applied';
  });
}
