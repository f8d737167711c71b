// A quote: price, then tax, then shipping, for one version of the cart. What the shopper agrees to and submits.
import type { QuoteAnswer, RatesAnswer } from '../contracts/checkout-api.ts';
import type { Database } from '../db/client.ts';
import type { Deadline } from '../http/deadline.ts';
import type { Promotions } from '../pricing/promotions.ts';
import type { Switches } from '../switches/switches.ts';
import { newQuoteId } from './ids.ts';
import { price } from './price.ts';
import { type CartToQuote, readCartToQuote, storeQuote } from './quotes.ts';
import type { AskRates } from './rates.ts';
import type { RunStep } from './step.ts';
import { type SwitchedOff, switchedOff } from './switched-off.ts';
import type { AskTax } from './tax.ts';

export interface Quoting {
  readonly db: Database;
  readonly tax: AskTax;
  readonly rates: AskRates;
  readonly promotions: Promotions;
  readonly step: RunStep;
  readonly switches: Switches;
}

export type NotQuotable = {
  readonly kind:
    | 'unknown_cart'
    | 'submitted'
    | 'empty_cart'
    | 'address_missing'
    | 'unknown_method'
    | 'cart_changed'
    | 'tax_refused'
    | 'tax_unavailable'
    | 'rates_refused'
    | 'rates_unavailable';
};
export type QuoteResult =
  | { readonly kind: 'quoted'; readonly quote: QuoteAnswer }
  | NotQuotable
  | SwitchedOff;
export type RatesResult = { readonly kind: 'rates'; readonly rates: RatesAnswer } | NotQuotable | SwitchedOff;

type Complete = CartToQuote & { readonly address: NonNullable<CartToQuote['address']> };

function complete(
  cart: CartToQuote | null,
): { readonly kind: 'complete'; readonly cart: Complete } | NotQuotable {
  if (cart === null) return { kind: 'unknown_cart' };
  if (cart.status === 'submitted') return { kind: 'submitted' };
  if (cart.lines.length === 0) return { kind: 'empty_cart' };
  if (cart.address === null) return { kind: 'address_missing' };
  return { kind: 'complete', cart: { ...cart, address: cart.address } };
}

async function ratesOf(cart: Complete, shop: Quoting, deadline: Deadline): Promise<RatesResult> {
  const weight_grams = cart.lines.reduce((sum, line) => sum + line.quantity * line.weight_grams, 0);
  const parcel = { country: cart.address.country, currency: cart.currency, weight_grams };
  const asked = await shop.step('rates', () => shop.rates(parcel, deadline));
  return asked.kind === 'answer' ? { kind: 'rates', rates: asked.value } : { kind: `rates_${asked.kind}` };
}

/** Why a parcel may not go this way; null when it may. */
function methodOff(method: string, offered: RatesAnswer['rates'], switches: Switches): SwitchedOff | null {
  const by = switches.blocked({ shipping_method: method });
  if (by === null) return null;
  const on = offered
    .map((each) => each.method)
    .filter((shipping_method) => switches.allows({ shipping_method }));
  return switchedOff(by, on);
}

export async function ratesForCart(cartId: string, shop: Quoting, deadline: Deadline): Promise<RatesResult> {
  const read = complete(await readCartToQuote(shop.db, cartId));
  if (read.kind !== 'complete') return read;
  const offered = await ratesOf(read.cart, shop, deadline);
  if (offered.kind !== 'rates') return offered;
  const { rates } = offered.rates;
  const on = rates.filter(({ method }) => shop.switches.allows({ shipping_method: method }));
  if (on.length > 0) return { kind: 'rates', rates: { rates: on } };
  return methodOff(rates[0]!.method, rates, shop.switches) ?? { kind: 'rates_unavailable' };
}

export async function quoteCart(
  cartId: string,
  method: string,
  shop: Quoting,
  deadline: Deadline,
): Promise<QuoteResult> {
  const read = complete(await readCartToQuote(shop.db, cartId));
  if (read.kind !== 'complete') return read;
  const { cart } = read;
  const paused = shop.switches.blocked({ region: cart.market });
  if (paused !== null) return switchedOff(paused);
  // Tax is due on shipping too, so the rate is known first.
  const offered = await ratesOf(cart, shop, deadline);
  if (offered.kind !== 'rates') return offered;
  const rate = offered.rates.rates.find((each) => each.method === method);
  if (rate === undefined) return { kind: 'unknown_method' };
  const off = methodOff(method, offered.rates.rates, shop.switches);
  if (off !== null) return off;
  const basket = { ...cart, shipping_method: method, shipping_minor: rate.amount_minor };
  const { lines, holds_until, ...priced } = await shop.step('price', () => price(basket, shop));
  const { subtotal_minor, discount_minor, shipping_minor, promotions } = priced;
  const { country } = cart.address;
  const taxed = await shop.step('tax', () =>
    shop.tax({ country, currency: cart.currency, lines, shipping_minor }, deadline),
  );
  if (taxed.kind !== 'answer') return { kind: `tax_${taxed.kind}` };
  const { tax_minor } = taxed.value;
  const quote = await storeQuote(shop.db, {
    id: newQuoteId(),
    cart_id: cart.id,
    cart_version: cart.version,
    shipping_method: method,
    subtotal_minor,
    // An ordinary quote says nothing of discounts.
    ...(promotions.length === 0 ? {} : { discount_minor, promotions }),
    shipping_minor,
    tax_minor,
    total_minor: subtotal_minor - discount_minor + shipping_minor + tax_minor,
    currency: cart.currency,
    holds_until,
  });
  return quote === null ? { kind: 'cart_changed' } : { kind: 'quoted', quote };
}
