// What a shopper is told for each outcome of a submission: one table from outcome to HTTP status.
import type { OrderAnswer } from '../contracts/checkout-api.ts';
import type { Attempt } from '../contracts/orders-api.ts';
import { problemBody } from '../http/problem.ts';
import type { SubmissionOutcome } from '../telemetry/metrics/checkout.ts';

/** A new outcome does not compile until it has a status. */
const statusOf = {
  placed: 201,
  confirming: 202,
  declined: 402,
  sold_out: 409,
  invalid: 422,
  conflict: 409,
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
    more?: Record<string, string>;
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

export const answers = {
  placed: (orderId: string, attempt: Attempt) => order('placed', orderId, attempt),
  confirming: (orderId: string, attempt: Attempt) => order('confirming', orderId, attempt),
  declined: (orderId: string, reason: string) =>
    refusal('declined', 'declined', 'The payment was declined.', {
      detail: reason,
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
      detail: 'Nothing was charged. Come back with the same Idempotency-Key.',
      headers: retryAfter(5),
    }),
  /** A stored answer again. That something failed was counted when it did; hearing it again is not a failure. */
  replayed: (status: number, body: unknown): Answer => ({
    outcome: outcomeOfReplay(status),
    status,
    body,
    headers: { 'idempotent-replayed': 'true' },
  }),
};

function outcomeOfReplay(status: number): SubmissionOutcome {
  if (status === statusOf.placed) return 'placed';
  if (status === statusOf.confirming) return 'confirming';
  return status === statusOf.declined ? 'declined' : 'conflict';
}
