// The order as a pure state machine: one table, no I/O. HTTP, webhooks, the poller and reconciliation all append
// (order_id, event_id) and call transition(); k6, the dashboards and the experiments read the names from here.
// The README beside this file prints the table and every way back out of a failure.
import type { orderStates } from '../telemetry/metrics/orders.ts';

export type OrderState = (typeof orderStates)[number];

export const orderEventTypes = [
  'checkout.submitted',
  'payment.authorized',
  'payment.declined',
  'payment.unknown',
  'payment.unavailable',
  'payment.voided',
  'payment.action_required',
  'payment.retryable',
  'payment.abandoned',
  'payment.captured',
  'order.cancelled',
  'shipment.created',
  'shipment.completed',
  'refund.partial',
  'refund.completed',
  'rma.completed',
  'chargeback.notice',
  'chargeback.lost',
  'chargeback.won',
] as const;
export type OrderEventType = (typeof orderEventTypes)[number];

export interface Transition {
  readonly from: OrderState;
  readonly event: OrderEventType;
  readonly to: OrderState;
}

/** Every legal transition; what is not here does not happen. Migrations 0003 and 0007 hold the same rows as a foreign key. */
export const transitions = [
  { from: 'cart', event: 'checkout.submitted', to: 'pending_payment' },
  { from: 'pending_payment', event: 'payment.authorized', to: 'authorized' },
  { from: 'pending_payment', event: 'payment.declined', to: 'cancelled' },
  // No provider executed the charge, or it was voided after an unknown outcome: the order ends, nothing is owed.
  { from: 'pending_payment', event: 'payment.unavailable', to: 'cancelled' },
  { from: 'pending_payment', event: 'payment.voided', to: 'cancelled' },
  { from: 'pending_payment', event: 'payment.unknown', to: 'pending_payment' },
  // The buyer has to agree at the provider's page; and an attempt of such an order that came to nothing may be followed
  // by another. Nobody paid before the hold lapsed: the order ends, nothing is owed.
  { from: 'pending_payment', event: 'payment.action_required', to: 'pending_payment' },
  { from: 'pending_payment', event: 'payment.retryable', to: 'pending_payment' },
  { from: 'pending_payment', event: 'payment.abandoned', to: 'cancelled' },
  // The buyer gives up while nobody knows whether they paid. The wish is on record; the payment's outcome ends the order.
  { from: 'pending_payment', event: 'order.cancelled', to: 'pending_payment' },
  { from: 'authorized', event: 'payment.captured', to: 'captured' },
  { from: 'authorized', event: 'order.cancelled', to: 'cancelled' },
  // Their money is with us: the wish is on record and keeps the parcel back, giving the money back ends the order.
  { from: 'captured', event: 'order.cancelled', to: 'captured' },
  { from: 'partially_refunded', event: 'order.cancelled', to: 'partially_refunded' },
  // A capture that the cancellation overtook. The order stays cancelled, the money is booked and given back.
  { from: 'cancelled', event: 'payment.captured', to: 'cancelled' },
  { from: 'cancelled', event: 'refund.partial', to: 'cancelled' },
  { from: 'cancelled', event: 'refund.completed', to: 'cancelled' },

  { from: 'captured', event: 'shipment.created', to: 'partially_fulfilled' },
  // A split order has a parcel a location; it is fulfilled when the last one is out.
  { from: 'partially_fulfilled', event: 'shipment.created', to: 'partially_fulfilled' },
  { from: 'partially_fulfilled', event: 'shipment.completed', to: 'partially_fulfilled' },
  { from: 'partially_fulfilled', event: 'shipment.completed', to: 'fulfilled' },
  // One article was refunded because it cannot be had; the others are sent.
  { from: 'partially_refunded', event: 'shipment.created', to: 'partially_fulfilled' },
  // Handed over after the whole price was given back: too late to stop, and the order stays refunded.
  { from: 'partially_refunded', event: 'shipment.completed', to: 'partially_refunded' },
  { from: 'refunded', event: 'shipment.completed', to: 'refunded' },
  { from: 'chargeback', event: 'shipment.completed', to: 'chargeback' },

  { from: 'captured', event: 'refund.partial', to: 'partially_refunded' },
  { from: 'captured', event: 'refund.completed', to: 'refunded' },
  // Refunds repeat until the price is used up; the ledger says how much is left.
  { from: 'partially_refunded', event: 'refund.partial', to: 'partially_refunded' },
  { from: 'partially_refunded', event: 'refund.completed', to: 'refunded' },
  // A discount while parcels are on their way must not hide that they are.
  { from: 'partially_fulfilled', event: 'refund.partial', to: 'partially_fulfilled' },
  { from: 'partially_fulfilled', event: 'refund.completed', to: 'refunded' },
  // Goodwill: the buyer keeps the goods.
  { from: 'fulfilled', event: 'refund.partial', to: 'partially_refunded' },
  { from: 'fulfilled', event: 'refund.completed', to: 'refunded' },
  { from: 'fulfilled', event: 'rma.completed', to: 'returned' },
  // Goods may come back after some or all of the money was given back, and in several parcels.
  { from: 'partially_refunded', event: 'rma.completed', to: 'returned' },
  { from: 'refunded', event: 'rma.completed', to: 'refunded' },
  { from: 'returned', event: 'rma.completed', to: 'returned' },
  // Less than the price when goods come back damaged.
  { from: 'returned', event: 'refund.partial', to: 'returned' },
  { from: 'returned', event: 'refund.completed', to: 'refunded' },

  // The seed allows a chargeback notice from any state; only states that hold or held the buyer's money can have one,
  // and of a refunded order the refund is the evidence. A cancelled order's cart may have been ordered again, so it
  // stays cancelled and the notice is a discrepancy.
  { from: 'authorized', event: 'chargeback.notice', to: 'disputed' },
  { from: 'captured', event: 'chargeback.notice', to: 'disputed' },
  { from: 'partially_fulfilled', event: 'chargeback.notice', to: 'disputed' },
  { from: 'fulfilled', event: 'chargeback.notice', to: 'disputed' },
  { from: 'partially_refunded', event: 'chargeback.notice', to: 'disputed' },
  { from: 'returned', event: 'chargeback.notice', to: 'disputed' },
  { from: 'refunded', event: 'chargeback.notice', to: 'disputed' },
  // A dispute covers the order, it does not stop what was under way: the state before it goes on beneath.
  { from: 'disputed', event: 'payment.captured', to: 'disputed' },
  { from: 'disputed', event: 'shipment.completed', to: 'disputed' },
  { from: 'disputed', event: 'refund.partial', to: 'disputed' },
  { from: 'disputed', event: 'refund.completed', to: 'disputed' },
  { from: 'disputed', event: 'rma.completed', to: 'disputed' },
  { from: 'disputed', event: 'chargeback.lost', to: 'chargeback' },
  // Won: back to where the order was, or came to be meanwhile.
  { from: 'disputed', event: 'chargeback.won', to: 'authorized' },
  { from: 'disputed', event: 'chargeback.won', to: 'captured' },
  { from: 'disputed', event: 'chargeback.won', to: 'partially_fulfilled' },
  { from: 'disputed', event: 'chargeback.won', to: 'fulfilled' },
  { from: 'disputed', event: 'chargeback.won', to: 'partially_refunded' },
  { from: 'disputed', event: 'chargeback.won', to: 'returned' },
  { from: 'disputed', event: 'chargeback.won', to: 'refunded' },
  // Lost and then won on appeal: the money comes back.
  { from: 'chargeback', event: 'chargeback.won', to: 'authorized' },
  { from: 'chargeback', event: 'chargeback.won', to: 'captured' },
  { from: 'chargeback', event: 'chargeback.won', to: 'partially_fulfilled' },
  { from: 'chargeback', event: 'chargeback.won', to: 'fulfilled' },
  { from: 'chargeback', event: 'chargeback.won', to: 'partially_refunded' },
  { from: 'chargeback', event: 'chargeback.won', to: 'returned' },
  { from: 'chargeback', event: 'chargeback.won', to: 'refunded' },
] as const satisfies readonly Transition[];

const byKey = new Map<string, OrderState[]>();
for (const { from, event, to } of transitions)
  byKey.set(`${from} ${event}`, [...(byKey.get(`${from} ${event}`) ?? []), to]);

/** What the state alone does not say. */
export interface Circumstance {
  /** The state that a dispute covers. */
  readonly beneath?: OrderState | null;
  /** After this event some of the order is still to be sent or handed over. */
  readonly moreToShip?: boolean;
}

export type TransitionResult =
  | {
      readonly kind: 'moved';
      readonly to: OrderState;
      /** The state that a dispute covers from now on; null when there is no dispute to come back from. */
      readonly beneath: OrderState | null;
    }
  | { readonly kind: 'illegal'; readonly from: OrderState; readonly event: OrderEventType };

/** What `event` does to an order in `state`. Pure: the caller dedupes by event id first. */
export function transition(
  state: OrderState,
  event: OrderEventType,
  { beneath = null, moreToShip = false }: Circumstance = {},
): TransitionResult {
  const illegal: TransitionResult = { kind: 'illegal', from: state, event };
  const rows = byKey.get(`${state} ${event}`);
  if (rows === undefined) return illegal;
  if (event === 'chargeback.won')
    return beneath !== null && rows.includes(beneath)
      ? { kind: 'moved', to: beneath, beneath: null }
      : illegal;
  if (event === 'chargeback.notice') return { kind: 'moved', to: 'disputed', beneath: state };
  if (state === 'disputed' && event !== 'chargeback.lost') {
    const below = beneath === null ? illegal : transition(beneath, event, { moreToShip });
    return below.kind === 'illegal' ? illegal : { kind: 'moved', to: 'disputed', beneath: below.to };
  }
  // The only other pair with two ends is the hand-over of a parcel.
  const to = rows.length === 1 ? rows[0]! : moreToShip ? 'partially_fulfilled' : 'fulfilled';
  return { kind: 'moved', to, beneath: state === 'disputed' || state === 'chargeback' ? beneath : null };
}
