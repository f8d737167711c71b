// What a payment event means for an order and its attempt. Pure: HTTP, webhook, poller and reconciliation all end here.
import type { PaymentEvent } from '../contracts/orders-api.ts';
import { type OrderState, transition } from './order.ts';

export type AttemptState = 'started' | 'approved' | 'declined' | 'unknown' | 'not_executed' | 'voided';

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
] as const;
export type DiscrepancyClass = (typeof discrepancyClasses)[number];

export const attemptStateAfter = {
  'payment.authorized': 'approved',
  'payment.declined': 'declined',
  'payment.unknown': 'unknown',
  'payment.unavailable': 'not_executed',
  'payment.voided': 'voided',
} as const satisfies Record<PaymentEvent['type'], AttemptState>;

export type PaymentEffect =
  | { readonly kind: 'move'; readonly to: OrderState; readonly attempt: AttemptState }
  /** The same was already known, under whatever event id. */
  | { readonly kind: 'known' }
  /** Money that was held is given back; the order stays as it is. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'discrepancy'; readonly class: DiscrepancyClass }
  /** News overtaken by better news, about no money. */
  | { readonly kind: 'stale' };

const ended: ReadonlySet<OrderState> = new Set<OrderState>(['cancelled', 'refunded', 'chargeback']);

/** `attempt` is the one the event speaks of; a pending order's undecided attempt is always its latest. */
export function effectOf(
  state: OrderState,
  attempt: AttemptState,
  type: PaymentEvent['type'],
): PaymentEffect {
  const isUndecided = (undecided as readonly AttemptState[]).includes(attempt);
  if (isUndecided) {
    const result = transition(state, type);
    // Only a pending order has an undecided attempt.
    if (result.kind === 'illegal') throw new Error(`${state} order with a ${attempt} attempt met ${type}`);
    return { kind: 'move', to: result.to, attempt: attemptStateAfter[type] };
  }
  switch (type) {
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
