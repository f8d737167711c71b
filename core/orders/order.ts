// The order as a pure state machine: one table, no I/O. HTTP, webhooks, the poller and reconciliation all append
// (order_id, event_id) and call transition(); k6, the dashboards and the experiments read the names from here.
import type { orderStates } from '../telemetry/metrics/orders.ts';

export type OrderState = (typeof orderStates)[number];

export const orderEventTypes = [
  'checkout.submitted',
  'payment.authorized',
  'payment.declined',
  'payment.unknown',
  'payment.unavailable',
  'payment.voided',
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

/** Every legal transition; what is not here does not happen. Migration 0003 holds the same rows as a foreign key. */
export const transitions = [
  { from: 'cart', event: 'checkout.submitted', to: 'pending_payment' },
  { from: 'pending_payment', event: 'payment.authorized', to: 'authorized' },
  { from: 'pending_payment', event: 'payment.declined', to: 'cancelled' },
  // No provider executed the charge, or it was voided after an unknown outcome: the order ends, nothing is owed.
  { from: 'pending_payment', event: 'payment.unavailable', to: 'cancelled' },
  { from: 'pending_payment', event: 'payment.voided', to: 'cancelled' },
  { from: 'pending_payment', event: 'payment.unknown', to: 'pending_payment' },
  { from: 'authorized', event: 'payment.captured', to: 'captured' },
  { from: 'authorized', event: 'order.cancelled', to: 'cancelled' },
  { from: 'captured', event: 'shipment.created', to: 'partially_fulfilled' },
  { from: 'partially_fulfilled', event: 'shipment.completed', to: 'fulfilled' },
  { from: 'captured', event: 'refund.partial', to: 'partially_refunded' },
  { from: 'captured', event: 'refund.completed', to: 'refunded' },
  { from: 'partially_refunded', event: 'refund.completed', to: 'refunded' },
  { from: 'fulfilled', event: 'rma.completed', to: 'returned' },
  { from: 'returned', event: 'refund.completed', to: 'refunded' },
  // The seed allows a chargeback notice from any state; only states that hold the buyer's money can have one.
  { from: 'authorized', event: 'chargeback.notice', to: 'disputed' },
  { from: 'captured', event: 'chargeback.notice', to: 'disputed' },
  { from: 'partially_fulfilled', event: 'chargeback.notice', to: 'disputed' },
  { from: 'fulfilled', event: 'chargeback.notice', to: 'disputed' },
  { from: 'partially_refunded', event: 'chargeback.notice', to: 'disputed' },
  { from: 'returned', event: 'chargeback.notice', to: 'disputed' },
  { from: 'disputed', event: 'chargeback.lost', to: 'chargeback' },
  { from: 'disputed', event: 'chargeback.won', to: 'captured' },
] as const satisfies readonly Transition[];

const byKey: ReadonlyMap<string, OrderState> = new Map(
  transitions.map((t) => [`${t.from} ${t.event}`, t.to]),
);

export type TransitionResult =
  | { readonly kind: 'moved'; readonly to: OrderState }
  | { readonly kind: 'illegal'; readonly from: OrderState; readonly event: OrderEventType };

/** What `event` does to an order in `state`. Pure: the caller dedupes by event id first. */
export function transition(state: OrderState, event: OrderEventType): TransitionResult {
  const to = byKey.get(`${state} ${event}`);
  return to === undefined ? { kind: 'illegal', from: state, event } : { kind: 'moved', to };
}
