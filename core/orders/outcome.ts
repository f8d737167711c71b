import type { PaymentEventAnswer } from '../contracts/orders-api.ts';
import type { OrderState } from './order.ts';

/** `no_such_attempt`: the order or the attempt is not ours, which is a caller's bug or a stranger's webhook. */
export type AppliedEvent = PaymentEventAnswer | { readonly kind: 'no_such_attempt' };

/** What a payment event did, for the caller and for the metrics. */
export interface Outcome {
  readonly answer: AppliedEvent;
  readonly entered: readonly OrderState[];
  /** Reservations given back. */
  readonly voided: number;
}
