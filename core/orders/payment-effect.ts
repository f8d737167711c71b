// What a payment event means for an order and its attempt. Pure: HTTP, webhook, poller and reconciliation all end here.
import type { PaymentEvent } from '../contracts/orders-api.ts';
import { type OrderEventType, type OrderState, transition } from './order.ts';

export type AttemptState =
  | 'started'
  | 'approved'
  | 'declined'
  | 'unknown'
  | 'not_executed'
  | 'voided'
  /** The provider waits for the buyer to agree at its page. */
  | 'action_required';

/** Attempts that may still have taken money. One order has at most one of them or one approved one. */
export const undecided = ['unknown', 'started'] as const satisfies readonly AttemptState[];

const discrepancyClasses = [
  /** Approved at the provider for an order, or by an attempt, that had ended: reconciliation must void it. */
  'late_authorization',
  /** Approved after the hold had lapsed and the stock was sold: the order is cancelled, reconciliation must void. */
  'authorized_without_stock',
  /** The provider voided what a live order counts on: a person must decide. */
  'voided_live_order',
  /** Two final answers about one attempt contradict each other: a person must decide. */
  'conflicting_outcome',
  /** An event that was not possible when it came; it heals when it becomes possible, and else needs a person. */
  'illegal_event',
  /** The provider will not make a refund: a person must decide. */
  'refund_refused',
] as const;
export type DiscrepancyClass = (typeof discrepancyClasses)[number];

export const attemptStateAfter = {
  'payment.authorized': 'approved',
  'payment.declined': 'declined',
  'payment.unknown': 'unknown',
  'payment.unavailable': 'not_executed',
  'payment.voided': 'voided',
  'payment.action_required': 'action_required',
} as const satisfies Record<PaymentEvent['type'], AttemptState>;

export type PaymentEffect =
  /** `as`: what goes on record, which is what the news means for this order. */
  | {
      readonly kind: 'move';
      readonly to: OrderState;
      readonly as: OrderEventType;
      readonly attempt: AttemptState;
    }
  /** The same was already known, under whatever event id. */
  | { readonly kind: 'known' }
  /** Money that was held is given back; the order stays as it is. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'discrepancy'; readonly class: DiscrepancyClass }
  /** News overtaken by better news, about no money. */
  | { readonly kind: 'stale' };

const ended: ReadonlySet<OrderState> = new Set<OrderState>(['cancelled', 'refunded', 'chargeback']);

const endsWithoutMoney: ReadonlySet<PaymentEvent['type']> = new Set<PaymentEvent['type']>([
  'payment.declined',
  'payment.unavailable',
  'payment.voided',
]);

function moved(state: OrderState, type: PaymentEvent['type'], retryable: boolean): PaymentEffect {
  const as = retryable && endsWithoutMoney.has(type) ? 'payment.retryable' : type;
  const result = transition(state, as);
  // Only a pending order has an undecided attempt.
  if (result.kind === 'illegal') throw new Error(`${state} order with an undecided attempt met ${type}`);
  return { kind: 'move', to: result.to, as, attempt: attemptStateAfter[type] };
}

/**
 * `attempt` is the one the event speaks of; a pending order's undecided attempt is always its latest. `retryable`: the
 * attempt's end does not end the order.
 */
export function effectOf(
  state: OrderState,
  attempt: AttemptState,
  type: PaymentEvent['type'],
  retryable = false,
): PaymentEffect {
  if ((undecided as readonly AttemptState[]).includes(attempt)) return moved(state, type, retryable);
  if (attempt === 'action_required') {
    if (type === 'payment.action_required') return { kind: 'known' };
    // A call to complete it that was lost, or not made, says nothing: it waits as before, and is asked about.
    if (type === 'payment.unknown' || type === 'payment.unavailable') return { kind: 'stale' };
    return moved(state, type, true);
  }
  switch (type) {
    case 'payment.action_required':
      return { kind: 'stale' };
    case 'payment.authorized':
      return attempt === 'approved'
        ? { kind: 'known' }
        : { kind: 'discrepancy', class: 'late_authorization' };
    case 'payment.voided':
      return attempt === 'approved' && !ended.has(state)
        ? { kind: 'discrepancy', class: 'voided_live_order' }
        : { kind: 'settle' };
    case 'payment.declined':
    case 'payment.unavailable':
      if (attempt === attemptStateAfter[type]) return { kind: 'known' };
      return attempt === 'approved'
        ? { kind: 'discrepancy', class: 'conflicting_outcome' }
        : { kind: 'stale' };
    case 'payment.unknown':
      return { kind: 'stale' };
  }
}
