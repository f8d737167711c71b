// Paying an order that waits for it: completing what its buyer agreed to at the provider, or trying another token once
// every earlier attempt is proven to hold no money. Orders decides which, and that there is never a second live attempt.
import type { SubmitPayment } from '../contracts/checkout-api.ts';
import type { Attempt, StartPayment } from '../contracts/orders-api.ts';
import type { Deadline } from '../http/deadline.ts';
import { fingerprint } from '../http/idempotency.ts';
import { paymentEventId } from '../contracts/payment-event-id.ts';
import { completedLater } from '../payment/methods.ts';
import { methodsIn, providersFor, psps } from '../payment/routing.ts';
import { type Answer, answers } from './answers.ts';
import { refusalOf } from './checkout.ts';
import { screenUnder } from './screen.ts';
import type { Selling } from './selling.ts';
import { paymentOff } from './switched-off.ts';
import { takePayment } from './take-payment.ts';

const route = 'POST /v1/payments';

export async function pay(
  key: string,
  request: SubmitPayment,
  shop: Selling,
  deadline: Deadline,
): Promise<Answer> {
  const { step, orders, gateway } = shop;
  const { order_id: orderId, payment } = request;
  const read = await step('validate', () => orders.payable(orderId, deadline));
  if (read.kind === 'not_found') return answers.invalid(404, 'unknown_order', 'order_id: is not an order');
  if (read.kind === 'unreachable') return answers.unavailable();
  const { order } = read;
  const { market } = order;
  const sale = { market, method: payment.method };
  if (providersFor(sale).length === 0)
    return answers.methodUnsupported(sale.method, market, methodsIn(market));

  const open = order.state === 'pending_payment';
  const completes = order.awaiting !== null && completedLater.has(payment.method);
  const waitingAt = completes ? order.awaiting.provider : undefined;
  const off = open ? paymentOff(market, payment.method, shop.switches, waitingAt) : null;
  const provider =
    off !== null ? null : completes ? order.awaiting.provider : open ? gateway.choose(sale) : null;
  const scope = `${route} ${orderId}`;
  const screened =
    open && !completes && provider !== null
      ? await step('screen', () => {
          const { total_minor: amount_minor, currency, country } = order;
          return screenUnder(
            shop.screen,
            { scope, key },
            { amount_minor, currency, country, ...payment },
            deadline,
          );
        })
      : {};
  const refused =
    off !== null
      ? answers.switchedOff(off)
      : open && provider === null
        ? answers.paymentUnavailable()
        : refusalOf(screened.fraud);
  const wish: StartPayment = {
    idempotency: { key, scope, fingerprint: fingerprint(route, request) },
    method: payment.method,
    provider: provider ?? psps[0]!.provider,
    ...screened,
  };
  const start = (replay_only: boolean) =>
    step('place', () =>
      orders.startPayment(orderId, replay_only ? { ...wish, replay_only } : wish, deadline),
    );
  let started = await start(!open || refused !== null);
  // Another way to pay was chosen: what waits at the provider is released before there is a new attempt. Not for a key
  // that was used before: it comes late, and what waits was chosen after it.
  if (started.kind === 'release') {
    const kept = await release(orderId, started.attempt, shop, deadline);
    if (kept !== null) return kept;
    started = await start(false);
  }
  switch (started.kind) {
    case 'replay':
      return answers.replayed(started.status, started.body);
    case 'not_seen':
      return refused ?? answers.notPayable(orderId, order.state);
    case 'in_flight':
      return answers.inFlight(started.retry_after_s);
    case 'key_reused':
      return answers.keyReused();
    case 'no_such_order':
      return answers.invalid(404, 'unknown_order', 'order_id: is not an order');
    case 'not_payable':
      return answers.notPayable(orderId, started.state);
    case 'attempt_live':
    // Meanwhile its buyer chose once more.
    case 'release':
      return answers.paymentInProgress(orderId);
    case 'too_many_attempts':
      return answers.tooManyAttempts(orderId);
    case 'unreachable':
      shop.log.error('checkout.payment_not_started', { order_id: orderId, reason: started.reason });
      return answers.unavailable();
  }
  return takePayment(
    {
      orderId,
      market,
      payment,
      attempt: started.attempt,
      how: started.kind === 'complete' || started.kind === 'resume_complete' ? 'complete' : 'authorize',
      mayHaveRun: started.kind === 'resume' || started.kind === 'resume_complete',
      withheld: refusalOf(screened.fraud) !== null,
      async replay() {
        const settled = await orders.startPayment(orderId, { ...wish, replay_only: true }, deadline);
        return settled.kind === 'replay' ? settled : null;
      },
    },
    shop,
    deadline,
  );
}

/** Null when nothing is held under the waiting attempt any more, and nothing will be. */
async function release(
  orderId: string,
  attempt: Attempt,
  { gateway, orders }: Selling,
  deadline: Deadline,
): Promise<Answer | null> {
  if (!(await gateway.release(attempt, deadline))) return answers.paymentUnavailable();
  const type = 'payment.voided';
  const event = {
    event_id: paymentEventId(attempt.id, type),
    type,
    attempt_id: attempt.id,
    reason: 'buyer_chose_another',
    decided_at_ms: Date.now(),
  } as const;
  const told = await orders.event(orderId, event, deadline);
  return told.kind === 'unreachable' ? answers.unavailable() : null;
}
