// What a shopper is told for each outcome of a submission: one table from outcome to HTTP status.
import type { OrderAnswer } from '../contracts/checkout-api.ts';
import type { Attempt } from '../contracts/orders-api.ts';
import { problemBody } from '../http/problem.ts';
import type { SubmissionOutcome } from '../telemetry/metrics/checkout.ts';
import { type SwitchedOff, tell } from './switched-off.ts';

/** A new outcome does not compile until it has a status. */
const statusOf = {
  placed: 201,
  confirming: 202,
  action_required: 202,
  declined: 402,
  sold_out: 409,
  invalid: 422,
  conflict: 409,
  switched_off: 409,
  overloaded: 503,
  payment_unavailable: 503,
  error: 503,
} as const satisfies Record<SubmissionOutcome, number>;

export interface Answer {
  readonly outcome: SubmissionOutcome;
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const retryAfter = (seconds: number) => ({ 'retry-after': String(Math.max(1, Math.ceil(seconds))) });

/** `more`: members beside the RFC's own, such as the order's id. */
function refusal(
  outcome: SubmissionOutcome,
  name: string,
  title: string,
  {
    detail,
    status = statusOf[outcome],
    headers,
    more = {},
  }: {
    detail?: string;
    status?: number;
    headers?: Record<string, string>;
    more?: Record<string, unknown>;
  } = {},
): Answer {
  const body = { ...problemBody(status, name, title, detail), ...more };
  return { outcome, status, body, ...(headers === undefined ? {} : { headers }) };
}

function order(
  outcome: 'placed' | 'confirming',
  orderId: string,
  { amount_minor, currency }: Attempt,
): Answer {
  const body: OrderAnswer = {
    order_id: orderId,
    state: outcome === 'placed' ? 'authorized' : 'pending_payment',
    total_minor: amount_minor,
    currency,
    ...(outcome === 'confirming' ? { message: 'We are confirming your payment. Do not pay again.' } : {}),
  };
  return { outcome, status: statusOf[outcome], body };
}

/** The buyer has to agree at the provider's page first. */
function action(orderId: string, { amount_minor, currency }: Attempt, url: string): Answer {
  const body: OrderAnswer = {
    order_id: orderId,
    state: 'pending_payment',
    total_minor: amount_minor,
    currency,
    message: 'Agree to the payment at the address given, then complete it with POST /v1/payments.',
    next_action: { type: 'redirect', url },
  };
  return { outcome: 'action_required', status: statusOf.action_required, body };
}

export const answers = {
  actionRequired: action,
  placed: (orderId: string, attempt: Attempt) => order('placed', orderId, attempt),
  confirming: (orderId: string, attempt: Attempt) => order('confirming', orderId, attempt),
  declined: (orderId: string, reason: string) =>
    refusal('declined', 'declined', 'The payment was declined.', {
      detail: reason,
      more: { order_id: orderId },
    }),
  /** Not why: that is what a thief would like to learn. */
  paymentRefused: (reference: string) =>
    refusal('declined', 'payment_refused', 'The payment was refused.', {
      detail: 'Nothing was charged. Try another way to pay, or tell us this reference.',
      more: { reference },
    }),
  methodUnsupported: (method: string, market: string, offered: readonly string[]) =>
    refusal('invalid', 'payment_method_unsupported', `${method} is not offered in ${market}.`, {
      detail: `payment.method: offered there are ${offered.join(', ')}`,
    }),
  notPayable: (orderId: string, state: string) =>
    refusal('conflict', 'order_not_payable', 'This order does not wait for a payment.', {
      more: { order_id: orderId, state },
    }),
  paymentInProgress: (orderId: string) =>
    refusal('conflict', 'payment_in_progress', 'An earlier payment of this order is not decided yet.', {
      detail: 'Do not pay again before it is.',
      headers: retryAfter(5),
      more: { order_id: orderId },
    }),
  tooManyAttempts: (orderId: string) =>
    refusal('conflict', 'too_many_payments', 'This order was tried to be paid too often; order again.', {
      more: { order_id: orderId },
    }),
  soldOut: (skus: readonly string[]) =>
    refusal('sold_out', 'sold_out', 'Not enough is left of some articles.', { detail: skus.join(', ') }),
  invalid: (status: number, name: string, detail: string) =>
    refusal('invalid', name, 'The submission is not valid.', { status, detail }),
  keyReused: () =>
    refusal('invalid', 'key_reused', 'This Idempotency-Key came with another submission before.'),
  inFlight: (seconds: number) =>
    refusal('conflict', 'in_flight', 'A submission with this Idempotency-Key is still running.', {
      headers: retryAfter(seconds),
    }),
  alreadyOrdered: (orderId: string) =>
    refusal('conflict', 'already_ordered', 'This cart has an order already.', {
      more: { order_id: orderId },
    }),
  orderCancelled: (orderId: string) =>
    refusal(
      'conflict',
      'order_cancelled',
      'The order was cancelled meanwhile; the payment will be released.',
      {
        more: { order_id: orderId },
      },
    ),
  quoteStale: (name: 'quote_expired' | 'cart_changed' | 'price_changed') =>
    refusal('conflict', name, 'The quote does not hold any more; ask for a new one.'),
  switchedOff(off: SwitchedOff): Answer {
    const { title, ...rest } = tell(off);
    return refusal('switched_off', 'switched_off', title, rest);
  },
  overloaded: () =>
    refusal('overloaded', 'overloaded', 'Too many submissions at this moment; come back shortly.', {
      headers: retryAfter(2),
    }),
  paymentUnavailable: () =>
    refusal(
      'payment_unavailable',
      'payment_unavailable',
      'No payment provider takes payments at this moment.',
      {
        detail: 'Nothing was charged. Come back with a new Idempotency-Key.',
        headers: retryAfter(5),
      },
    ),
  unavailable: () =>
    refusal('error', 'unavailable', 'The order could not be taken at this moment.', {
      // Of this try; what became of an earlier one with the same key is not known here.
      detail: 'This try charged nothing. Come back with the same Idempotency-Key.',
      headers: retryAfter(5),
    }),
  /** A stored answer again. That something failed was counted when it did; hearing it again is not a failure. */
  replayed: (status: number, body: unknown): Answer => ({
    outcome: outcomeOfReplay(status, body),
    status,
    body,
    headers: { 'idempotent-replayed': 'true' },
  }),
};

function outcomeOfReplay(status: number, body: unknown): SubmissionOutcome {
  if (status === statusOf.placed) return 'placed';
  if (status === statusOf.confirming)
    return (body as Partial<OrderAnswer> | null)?.next_action === undefined
      ? 'confirming'
      : 'action_required';
  return status === statusOf.declined ? 'declined' : 'conflict';
}
