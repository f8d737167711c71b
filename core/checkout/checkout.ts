// The checkout sequence. This one function decides; everything it calls reports what happened.
//
// Two commits with the provider's call between them and nothing held meanwhile. After the first there is an order, its
// stock and a named attempt; after the second its outcome. Whatever dies in between, reconciliation finds the attempt.
import type { SubmitOrder } from '../contracts/checkout-api.ts';
import type { Attempt, PaymentEvent, PlaceOrder } from '../contracts/orders-api.ts';
import type { Database } from '../db/client.ts';
import type { Deadline } from '../http/deadline.ts';
import { fingerprint } from '../http/idempotency.ts';
import { paymentEventId } from '../payment/event-id.ts';
import type { Gateway } from '../payment/gateway.ts';
import type { Authorization } from '../payment/provider-client.ts';
import { psps } from '../payment/routing.ts';
import { subtotal } from '../pricing/subtotal.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import { type Answer, answers } from './answers.ts';
import { closeCart } from './carts.ts';
import type { OrdersClient } from './orders-client.ts';
import { readSubmission, type Submission } from './quotes.ts';
import type { RunStep } from './step.ts';

const route = 'POST /v1/orders';

export interface Selling {
  readonly db: Database;
  readonly log: Log;
  readonly gateway: Gateway;
  readonly orders: OrdersClient;
  readonly step: RunStep;
}

export async function checkout(
  key: string,
  request: SubmitOrder,
  shop: Selling,
  deadline: Deadline,
): Promise<Answer> {
  const { step, orders, gateway } = shop;
  const submission = await step('validate', () => readSubmission(shop.db, request.cart_id, request.quote_id));
  if (submission === null || submission.email === null || submission.address === null)
    return answers.invalid(422, 'unknown_quote', 'quote_id: is not a quote of this cart');
  const stale = await step('price', () => staleness(submission));
  const provider = stale === null ? gateway.choose() : null;
  const refused = stale ?? (provider === null ? answers.paymentUnavailable() : null);

  // Asked even when we will not sell: a retry must hear what became of its first try.
  const order = orderOf(key, request, submission, provider ?? psps[0]!.provider, refused !== null);
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
      return refused ?? answers.unavailable();
  }

  const { order_id: orderId } = placed;
  const result = await step('authorize', () =>
    gateway.authorize({ orderId, ...request.payment }, placed.attempt, {
      deadline,
      // Its first caller died after the first commit, and may have called the provider.
      mayHaveRun: placed.kind === 'resume',
      async commitNext(failed, next) {
        const answer = await orders.nextAttempt(orderId, failed, next, deadline);
        if (answer.kind === 'attempt') return answer.attempt;
        shop.log.error('checkout.next_attempt_failed', { order_id: orderId, reason: answer.reason });
        return null;
      },
    }),
  );
  if (result.kind === 'not_recorded') return answers.unavailable();

  const { attempt, authorization } = result;
  const answer = answerTo(orderId, attempt, authorization);
  const sold = authorization.kind === 'approved' || authorization.kind === 'unknown';
  // Not awaited: the order does not depend on it, and a shopper should not wait for it.
  if (sold)
    closeCart(shop.db, submission.id).catch((error: unknown) =>
      shop.log.warn('checkout.cart_not_closed', errorFields(error)),
    );
  const confirmed = await step('confirm', () =>
    orders.event(orderId, eventOf(attempt, authorization, answer), deadline),
  );
  // Approved too late: the hold had lapsed, or reconciliation gave up first. The charge is released.
  const cancelled = confirmed.kind !== 'unreachable' && confirmed.state === 'cancelled';
  if (authorization.kind === 'approved' && cancelled) return answers.orderCancelled(orderId);
  // We do not know how the payment ended, and reconciliation does: what it told the key is the answer.
  if (authorization.kind === 'unknown' && cancelled) {
    const settled = await orders.place({ ...order, replay_only: true }, deadline);
    if (settled.kind === 'replay') return answers.replayed(settled.status, settled.body);
    return answers.orderCancelled(orderId);
  }
  if (confirmed.kind === 'applied' || confirmed.kind === 'duplicate') return answer;
  shop.log.error('checkout.not_confirmed', {
    order_id: orderId,
    attempt_id: attempt.id,
    outcome: authorization.kind,
    reason: 'reason' in confirmed ? confirmed.reason : `illegal in ${confirmed.state}`,
  });
  // Charged, and not yet written down: reconciliation completes it from the provider's books.
  const unwritten = authorization.kind === 'approved' && confirmed.kind === 'unreachable';
  return unwritten ? answers.confirming(orderId, attempt) : answer;
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

function orderOf(
  key: string,
  request: SubmitOrder,
  submission: Submission,
  provider: string,
  replayOnly: boolean,
): PlaceOrder {
  return {
    // Who holds the cart's id is its owner; one shopper's keys say nothing about another's.
    idempotency: { key, scope: `${route} ${submission.id}`, fingerprint: fingerprint(route, request) },
    checkout_id: submission.id,
    market: submission.market,
    currency: submission.currency as PlaceOrder['currency'],
    lines: submission.lines.map(({ sku, quantity, unit_price_minor }) => ({
      sku,
      quantity,
      unit_price_minor,
    })),
    subtotal_minor: submission.subtotal_minor,
    shipping_minor: submission.shipping_minor,
    tax_minor: submission.tax_minor,
    total_minor: submission.total_minor,
    email: submission.email!,
    address: { ...submission.address! },
    shipping_method: submission.shipping_method,
    payment: { method: request.payment.method, provider },
    ...(replayOnly ? { replay_only: true } : {}),
  };
}

function answerTo(orderId: string, attempt: Attempt, authorization: Authorization): Answer {
  switch (authorization.kind) {
    case 'approved':
      return answers.placed(orderId, attempt);
    case 'declined':
      return answers.declined(orderId, authorization.reason);
    case 'unknown':
      return answers.confirming(orderId, attempt);
    case 'not_executed':
      return answers.paymentUnavailable();
  }
}

const eventTypes = {
  approved: 'payment.authorized',
  declined: 'payment.declined',
  unknown: 'payment.unknown',
  not_executed: 'payment.unavailable',
} as const satisfies Record<Authorization['kind'], PaymentEvent['type']>;

function eventOf(attempt: Attempt, authorization: Authorization, answer: Answer): PaymentEvent {
  const type = eventTypes[authorization.kind];
  return {
    event_id: paymentEventId(attempt.id, type),
    type,
    attempt_id: attempt.id,
    ...('reference' in authorization && authorization.reference !== undefined
      ? { provider_reference: authorization.reference }
      : {}),
    ...('reason' in authorization ? { reason: authorization.reason.slice(0, 80) } : {}),
    decided_at_ms: Date.now(),
    answer: { status: answer.status, body: answer.body },
  };
}
