// The orders service's internal API (:4002), version 1: how checkout and orders meet. Service token required.
import { z } from 'zod';
import type { HistoryEntry } from './order-operations.ts';
import { currency, money, sku } from './checkout-api.ts';

const idempotency = z.strictObject({
  key: z.string().min(1).max(255),
  /** Whose key it is: `POST /v1/orders` of one cart owner, `POST /v1/payments` of one order. */
  scope: z.string().max(120),
  /** SHA-256 of the canonical business fields; never of headers. */
  fingerprint: z.string().length(64),
});
/** What fraud screening said when it did not simply accept. */
const screening = z.strictObject({
  decision: z.enum(['review', 'reject']),
  /** Null when nobody scored it. */
  score: z.number().int().min(0).max(100).nullable(),
  /** Our reference of the screening: what a refused buyer quotes. */
  reference: z.string().max(64),
});
export type Screening = z.infer<typeof screening>;

export const placeOrder = z.strictObject({
  idempotency,
  checkout_id: z.string().max(64),
  market: z.string().length(2),
  currency,
  lines: z
    .array(z.strictObject({ sku, quantity: z.number().int().min(1), unit_price_minor: money }))
    .min(1)
    .max(200),
  subtotal_minor: money,
  /** What promotions took off the goods. */
  discount_minor: money.optional(),
  shipping_minor: money,
  tax_minor: money,
  total_minor: money,
  email: z.email(),
  address: z.record(z.string(), z.string()),
  shipping_method: z.string(),
  payment: z.strictObject({ method: z.string(), provider: z.string() }),
  /** Answer for a key that was seen before and place nothing for a new one: the caller may not sell now (its quote
      is stale, no provider takes work), yet a retry must hear what became of its first try. */
  replay_only: z.boolean().optional(),
  /** The cart may hold some of it already: its holds become the order's. */
  holds_stock: z.boolean().optional(),
  /** `review`: a review is opened with the order. `reject`: with `replay_only`, noted when nothing is replayed. */
  fraud: screening.optional(),
});
export type PlaceOrder = z.infer<typeof placeOrder>;

const cartHold = z.strictObject({
  cart_id: z.string().min(1).max(64),
  sku,
  /** How much of it the cart shall hold, not how much more. */
  quantity: z.number().int().min(1).max(1_000),
});
export type CartHold = z.infer<typeof cartHold>;
export const cartHolds = z.strictObject({ holds: z.array(cartHold).min(1).max(64) });
export interface HoldResult {
  /** `not_held`: there is plenty, or it is held by orders only. `short`: not so much is left. */
  readonly kind: 'held' | 'short' | 'not_held';
  /** Of what is plentiful: how many, which says how soon it is worth asking again. */
  readonly left?: number;
}
export interface HoldsAnswer {
  readonly kind: 'holds';
  readonly results: readonly HoldResult[];
}

/** A payment attempt as committed before the provider is called. `id` is the provider's idempotency key. */
export interface Attempt {
  readonly id: string;
  readonly attempt_no: number;
  readonly provider: string;
  readonly amount_minor: number;
  readonly currency: string;
}
export type PlaceOrderAnswer =
  | { readonly kind: 'placed'; readonly order_id: string; readonly attempt: Attempt }
  /** The same key was seen, its caller died after the first commit: go on with this attempt (same provider key). */
  | { readonly kind: 'resume'; readonly order_id: string; readonly attempt: Attempt }
  | { readonly kind: 'replay'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'in_flight'; readonly retry_after_s: number }
  | { readonly kind: 'key_reused' }
  /** `replay_only`, and the key is new. */
  | { readonly kind: 'not_seen' }
  | { readonly kind: 'already_ordered'; readonly order_id: string }
  | { readonly kind: 'sold_out'; readonly skus: readonly string[] };

/** A further attempt at another provider; refused unless every earlier one is proven not executed or voided. */
export const nextAttempt = z.strictObject({ failed_attempt_id: z.string(), provider: z.string() });
export type NextAttemptAnswer =
  | { readonly kind: 'attempt'; readonly attempt: Attempt }
  | { readonly kind: 'refused'; readonly reason: string };

/** A payment of an order that waits for one: the attempt and the key are committed together, before the provider is called. */
export const startPayment = z.strictObject({
  idempotency,
  method: z.string().max(40),
  provider: z.string(),
  replay_only: z.boolean().optional(),
  fraud: screening.optional(),
});
export type StartPayment = z.infer<typeof startPayment>;
export type StartPaymentAnswer =
  /** A new attempt. `complete`: the live one, whose buyer has agreed at the provider meanwhile. `release`: the live one, which
      waits for its buyer and is in the way of another method; nobody completes it while the caller voids it and asks again. */
  | { readonly kind: 'started' | 'complete' | 'release'; readonly attempt: Attempt }
  /** The caller of this key died after the commit: go on with its attempt. */
  | { readonly kind: 'resume' | 'resume_complete'; readonly attempt: Attempt }
  | { readonly kind: 'replay'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'in_flight'; readonly retry_after_s: number }
  | { readonly kind: 'key_reused' }
  | { readonly kind: 'not_seen' }
  | { readonly kind: 'no_such_order' }
  /** The order does not wait for a payment (any more). */
  | { readonly kind: 'not_payable'; readonly state: string }
  /** An earlier attempt has, or may still have, taken money. */
  | { readonly kind: 'attempt_live' }
  | { readonly kind: 'too_many_attempts' };

const person = z.string().min(1).max(80);
/** A person's word on an order under review. */
export const fraudDecision = z.strictObject({ decision: z.enum(['accepted', 'rejected']), by: person });
/** What turned out of an order, or of a refused submission by its reference. */
export const fraudLabel = z.strictObject({
  subject: z.string().min(1).max(64),
  label: z.enum(['legitimate', 'fraud']),
  by: person,
});

/** What paying an order needs to know of it. */
export interface PayableAnswer {
  readonly order_id: string;
  readonly state: string;
  readonly market: string;
  readonly country: string;
  readonly total_minor: number;
  readonly currency: string;
  /** The attempt that waits for its buyer to agree at the provider; null when none does. */
  readonly awaiting: Attempt | null;
}

export const paymentEvent = z.strictObject({
  /** Unique per order: a replay is a no-op that returns the first result. */
  event_id: z.string().min(1).max(120),
  type: z.enum([
    'payment.authorized',
    'payment.declined',
    'payment.unknown',
    'payment.unavailable',
    'payment.voided',
    'payment.action_required',
  ]),
  attempt_id: z.string(),
  provider_reference: z.string().max(120).optional(),
  reason: z.string().max(80).optional(),
  /** When the provider answered, epoch ms; drives the order creation SLI. */
  decided_at_ms: z.number().int(),
  /** What the shopper is told; stored with the idempotency key for replay, in the same transaction. */
  answer: z.strictObject({ status: z.number().int(), body: z.unknown() }).optional(),
});
export type PaymentEvent = z.infer<typeof paymentEvent>;
export type PaymentEventAnswer =
  | { readonly kind: 'applied' | 'duplicate'; readonly state: string }
  | { readonly kind: 'illegal'; readonly state: string };

export interface OrderView {
  readonly order_id: string;
  readonly state: string;
  readonly total_minor: number;
  readonly currency: string;
  readonly created_at: string;
  /** Oldest first. */
  readonly history: readonly HistoryEntry[];
}
export interface AtpAnswer {
  readonly sku: string;
  readonly atp: number;
  readonly locations: readonly {
    readonly location_id: string;
    readonly atp: number;
    /** When the location last counted; null where it sends no counts and the books are all there is. */
    readonly as_of: string | null;
    /** A count older than this is stale. */
    readonly stale_after_s: number;
  }[];
}
