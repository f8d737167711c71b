// The checkout sequence as data. Pure: k6 and the dashboards name the steps from here.
import type { stepNames } from '../telemetry/metrics/checkout.ts';

export type StepName = (typeof stepNames)[number];

export interface Step {
  readonly name: StepName;
  readonly meaning: string;
}

/** Validate, price, tax, ship rate, screening, payment authorisation, order confirmed: in that order, never another. */
export const steps = [
  { name: 'validate', meaning: 'cart, address and quote are complete and current' },
  { name: 'price', meaning: 'every line at the price it was added with' },
  { name: 'tax', meaning: 'tax from the tax provider, never computed here' },
  { name: 'rates', meaning: 'shipping rates from the carrier' },
  { name: 'screen', meaning: 'fraud screening: accepted, looked at later, or refused' },
  { name: 'place', meaning: 'first commit: order, hard reservation, payment attempt, idempotency row' },
  { name: 'authorize', meaning: 'payment authorisation at a provider, nothing held' },
  { name: 'confirm', meaning: 'second commit: the payment event and its outbox rows' },
] as const satisfies readonly Step[];

/** The calls a shopper makes, in funnel order; k6 tags its requests with these names. */
export const shopperCalls = ['atp', 'cart', 'line', 'address', 'rates', 'quote', 'order', 'status'] as const;
export type ShopperCall = (typeof shopperCalls)[number];
