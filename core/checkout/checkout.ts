// The checkout sequence. This one function decides; everything it calls reports what happened.
//
// Two commits with the provider's call between them and nothing held meanwhile. After the first there is an order, its
// stock and a named attempt; after the second its outcome. Whatever dies in between, reconciliation finds the attempt.
import type { SubmitOrder } from '../contracts/checkout-api.ts';
import type { PlaceOrder, Screening } from '../contracts/orders-api.ts';
import type { Deadline } from '../http/deadline.ts';
import { fingerprint } from '../http/idempotency.ts';
import { methodsIn, providersFor, psps } from '../payment/routing.ts';
import { subtotal } from '../pricing/subtotal.ts';
import { errorFields } from '../telemetry/log.ts';
import { type Answer, answers } from './answers.ts';
import { readSubmission, type Submission } from './quotes.ts';
import { screenUnder } from './screen.ts';
import type { Selling } from './selling.ts';
import { submissionOff } from './switched-off.ts';
import { takePayment } from './take-payment.ts';

const route = 'POST /v1/orders';

export async function checkout(
  key: string,
  request: SubmitOrder,
  shop: Selling,
  deadline: Deadline,
  /** Told as soon as it is read: what fails afterwards has failed there. */
  inMarket: (market: string) => void,
): Promise<Answer> {
  const { step, orders, gateway } = shop;
  const submission = await step('validate', () => readSubmission(shop.db, request.cart_id, request.quote_id));
  if (submission === null || submission.email === null || submission.address === null)
    return answers.invalid(422, 'unknown_quote', 'quote_id: is not a quote of this cart');
  const { market } = submission;
  inMarket(market);
  const sale = { market, method: request.payment.method };
  if (providersFor(sale).length === 0)
    return answers.methodUnsupported(sale.method, market, methodsIn(market));
  const stale = await step('price', () => staleness(submission) ?? stopped(submission, sale.method, shop));
  const provider = stale === null ? gateway.choose(sale) : null;
  // Who holds the cart's id is its owner; one shopper's keys say nothing about another's.
  const scope = `${route} ${submission.id}`;
  const screened =
    provider === null
      ? {}
      : await step('screen', () => {
          const { total_minor: amount_minor, currency, address } = submission;
          return screenUnder(
            shop.screen,
            { scope, key },
            { amount_minor, currency, country: address!.country, ...request.payment },
            deadline,
          );
        });
  const refused = stale ?? (provider === null ? answers.paymentUnavailable() : refusalOf(screened.fraud));

  // Asked even when we will not sell: a retry must hear what became of its first try.
  const order = {
    ...orderOf(submission, request.payment.method, provider ?? psps[0]!.provider),
    idempotency: { key, scope, fingerprint: fingerprint(route, request) },
    ...screened,
    ...(refused === null ? {} : { replay_only: true }),
  };
  const placed = await step('place', () => orders.place(order, deadline));
  switch (placed.kind) {
    case 'replay':
      return answers.replayed(placed.status, placed.body);
    case 'not_seen':
      return refused ?? answers.unavailable();
    case 'in_flight':
      return answers.inFlight(placed.retry_after_s);
    case 'key_reused':
      return answers.keyReused();
    case 'already_ordered':
      return answers.alreadyOrdered(placed.order_id);
    case 'sold_out':
      return answers.soldOut(placed.skus);
    case 'unreachable':
      shop.log.error('checkout.place_failed', { reason: placed.reason });
      // Whatever this try was refused for: an earlier one under the same key may have been charged.
      return answers.unavailable();
  }
  return takePayment(
    {
      orderId: placed.order_id,
      market,
      payment: request.payment,
      attempt: placed.attempt,
      how: 'authorize',
      mayHaveRun: placed.kind === 'resume',
      withheld: refusalOf(screened.fraud) !== null,
      async replay() {
        const settled = await orders.place({ ...order, replay_only: true }, deadline);
        return settled.kind === 'replay' ? settled : null;
      },
      // Not awaited: the order does not depend on it, and a shopper should not wait for it.
      onSold: () =>
        void shop
          .closeCart(submission.id)
          .catch((error: unknown) => shop.log.warn('checkout.cart_not_closed', errorFields(error))),
    },
    shop,
    deadline,
  );
}

/** Why the quote does not hold any more; null when it does. */
function staleness(submission: Submission): Answer | null {
  // A submitted cart is not stale: orders knows whether its order lives, and a cancelled one may be ordered again.
  if (submission.expired) return answers.quoteStale('quote_expired');
  if (submission.version !== submission.cart_version) return answers.quoteStale('cart_changed');
  // Lines keep their price, so this is a row changed behind the shop's back; it is not sold at either price.
  if (subtotal(submission.lines) !== submission.subtotal_minor) return answers.quoteStale('price_changed');
  return null;
}

/** A quote may outlive the turning on of a switch, so it is asked again here. */
function stopped(submission: Submission, method: string, { switches }: Selling): Answer | null {
  const off = submissionOff(submission, method, switches);
  return off === null ? null : answers.switchedOff(off);
}

export const refusalOf = (fraud: Screening | undefined): Answer | null =>
  fraud?.decision === 'reject' ? answers.paymentRefused(fraud.reference) : null;

function orderOf(
  submission: Submission,
  method: string,
  provider: string,
): Omit<PlaceOrder, 'idempotency' | 'fraud' | 'replay_only'> {
  return {
    checkout_id: submission.id,
    market: submission.market,
    currency: submission.currency as PlaceOrder['currency'],
    lines: submission.lines.map(({ sku, quantity, unit_price_minor }) => ({
      sku,
      quantity,
      unit_price_minor,
    })),
    subtotal_minor: submission.subtotal_minor,
    ...(submission.discount_minor === 0 ? {} : { discount_minor: submission.discount_minor }),
    shipping_minor: submission.shipping_minor,
    tax_minor: submission.tax_minor,
    total_minor: submission.total_minor,
    email: submission.email!,
    address: { ...submission.address! },
    shipping_method: submission.shipping_method,
    payment: { method, provider },
    ...(submission.holds_stock ? { holds_stock: true } : {}),
  };
}
