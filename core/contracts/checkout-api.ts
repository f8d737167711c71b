// The checkout service's public API (:4001), version 1. Shoppers and load tests speak this.
import { z } from 'zod';
import { paymentMethods } from '../payment/methods.ts';

export const currency = z.enum(['GBP', 'EUR', 'USD']);
export const sku = z.string().regex(/^[A-Z0-9]{8}$/, 'a SKU is eight capital letters or digits');
export const money = z.number().int().nonnegative();

export const createCart = z.strictObject({
  market: z.string().regex(/^[A-Z]{2}$/),
  currency: currency.default('GBP'),
});
export const addLine = z.strictObject({ sku, quantity: z.number().int().min(1).max(1000) });
export const setAddress = z.strictObject({
  email: z.email().max(254),
  name: z.string().min(1).max(120),
  line1: z.string().min(1).max(120),
  city: z.string().min(1).max(80),
  postal_code: z.string().min(1).max(16),
  country: z.string().regex(/^[A-Z]{2}$/),
});
export const createQuote = z.strictObject({ shipping_method: z.string().min(1).max(40) });
// Tokens only. A card number never reaches this service.
const payment = z.strictObject({
  method: z.enum(paymentMethods),
  token: z.string().regex(/^tok_[a-z]+_[A-Za-z0-9]{1,40}$/),
});
export const submitOrder = z.strictObject({
  cart_id: z.string().max(64),
  quote_id: z.string().max(64),
  payment,
});
export type SubmitOrder = z.infer<typeof submitOrder>;
/** Completes the payment of an order that waits for it, or pays it with another token. */
export const submitPayment = z.strictObject({ order_id: z.string().max(64), payment });
export type SubmitPayment = z.infer<typeof submitPayment>;

export interface CartAnswer {
  readonly id: string;
  readonly market: string;
  readonly currency: string;
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly unit_price_minor: number;
  }[];
  readonly subtotal_minor: number;
}
export interface RatesAnswer {
  readonly rates: readonly {
    readonly method: string;
    readonly amount_minor: number;
    readonly days: number;
  }[];
}
export interface QuoteAnswer {
  readonly id: string;
  readonly cart_id: string;
  readonly subtotal_minor: number;
  /** Off the goods, when a promotion is part of it; the total has it taken off. */
  readonly discount_minor?: number;
  readonly promotions?: readonly { readonly id: string; readonly off_minor: number }[];
  readonly shipping_minor: number;
  readonly tax_minor: number;
  readonly total_minor: number;
  readonly currency: string;
  readonly expires_at: string;
}
/**
 * 201 placed (`authorized`); 202 `pending_payment`: with `next_action` the buyer has to agree at the provider's page first,
 * without it the payment's outcome is not known yet.
 */
export interface OrderAnswer {
  readonly order_id: string;
  readonly state: 'authorized' | 'pending_payment' | 'cancelled';
  readonly total_minor: number;
  readonly currency: string;
  readonly message?: string;
  readonly next_action?: NextAction;
}
/** Where the buyer agrees to the payment; afterwards `POST /v1/payments` completes it. */
export interface NextAction {
  readonly type: 'redirect';
  readonly url: string;
}
/** RFC 9457. `type` ends in the problem's stable name: `…/sold_out`, `…/declined`, `…/in_flight`. */
export interface ProblemAnswer {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly trace_id?: string;
}
