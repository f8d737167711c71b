// The first commit of a submission. One statement writes all of it or nothing:
//
//   stock rows locked in SKU order → every SKU covered? → idempotency key claimed → order → stock taken → lines,
//   reservations, payment attempt, event
//
// Nothing written means somebody else has the key, the cart is already ordered, or stock is short; only then is it read
// which. A sold-out submission leaves no trace, so a retry with the same key is judged by the stock of that moment.
import type { Attempt, PlaceOrder, PlaceOrderAnswer } from '../contracts/orders-api.ts';
import type { Database } from '../db/client.ts';
import { brokeUniqueIndex } from '../db/conflict.ts';
import { expireReservations } from '../inventory/expire.ts';
import type { Routing } from '../inventory/locations.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { reservations } from '../telemetry/metrics/inventory.ts';
import { orderTransitions } from '../telemetry/metrics/orders.ts';
import { noteRejection } from './fraud-reviews.ts';
import { newOrderId, providerKey } from './ids.ts';
import type { Writer } from './place-batch.ts';
import { aggregate } from './place-statement.ts';
import { answerForKey, earlierSubmission } from './submissions.ts';

export interface PlaceDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly routing: Routing;
  readonly writer: Writer;
  /** How long one submission may hold its key; older than this its process is gone. */
  readonly submissionDeadlineMs: number;
}

// Alone after the batch; once more after overdue holds were reclaimed, or after the key's owner vanished between two statements.
const maxTries = 4;
// Bounds one reclaim; what is left is reclaimed by the next buyer or the sweeper.
const reclaimLimit = 200;

export async function placeOrder(deps: PlaceDeps, request: PlaceOrder): Promise<PlaceOrderAnswer> {
  const { db, instruments, writer, routing } = deps;
  if (request.replay_only) return replayOnly(deps, request);
  const orderId = newOrderId();
  const attempt: Attempt = {
    id: providerKey(orderId, 1),
    attempt_no: 1,
    provider: request.payment.provider,
    amount_minor: request.total_minor,
    currency: request.currency,
  };
  const near = (await routing.towards(request.address.country ?? request.market)).join(',');
  const order = { request, lines: aggregate(request.lines), orderId, attempt, near };
  for (let tries = 1; ; tries++) {
    const write = tries === 1 ? writer.write : writer.writeAlone;
    const written = await write(order).catch((error: unknown) => {
      if (brokeUniqueIndex(error, 'one_order_per_checkout')) return null;
      throw error;
    });
    if (written?.placed) {
      instruments.count(reservations, { result: 'reserved' });
      instruments.count(orderTransitions, { to: 'pending_payment' });
      return { kind: 'placed', order_id: orderId, attempt };
    }
    const earlier = await earlierSubmission(db, request);
    if (earlier.key !== null) return answerForKey(deps, request, earlier.key);
    if (earlier.live_order_id !== null) return { kind: 'already_ordered', order_id: earlier.live_order_id };
    const short = written?.short ?? [];
    if (tries < maxTries) {
      if (short.length === 0 || written?.crowded) continue;
      if ((await expireReservations(db, instruments, reclaimLimit, short)) > 0) continue;
    }
    if (short.length === 0) throw new Error('an order could be neither placed nor explained');
    instruments.count(reservations, { result: 'sold_out' });
    return { kind: 'sold_out', skus: short };
  }
}

/** The caller may not sell now, yet a retry must hear what became of its first try. */
async function replayOnly(deps: PlaceDeps, request: PlaceOrder): Promise<PlaceOrderAnswer> {
  const earlier = await earlierSubmission(deps.db, request);
  if (earlier.key !== null) return answerForKey(deps, request, earlier.key);
  if (earlier.live_order_id !== null) return { kind: 'already_ordered', order_id: earlier.live_order_id };
  const { fraud, total_minor: amount_minor, currency } = request;
  if (fraud?.decision === 'reject') await noteRejection(deps.db, fraud, { amount_minor, currency });
  return { kind: 'not_seen' };
}
