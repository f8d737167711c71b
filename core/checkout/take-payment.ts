// From a committed attempt to an answer: the provider is called with nothing held, then the outcome is committed. The same
// for the payment of a new order and for one that an order was waiting for.
import type { Attempt, PaymentEvent } from '../contracts/orders-api.ts';
import type { Deadline } from '../http/deadline.ts';
import type { Authorization } from '../payment/authorization.ts';
import { paymentEventId } from '../contracts/payment-event-id.ts';
import { type Answer, answers } from './answers.ts';
import type { Replayed, Selling } from './selling.ts';

export interface Taking {
  readonly orderId: string;
  readonly market: string;
  readonly payment: { readonly method: string; readonly token: string };
  readonly attempt: Attempt;
  /** `complete`: the attempt's buyer has agreed at the provider. */
  readonly how: 'authorize' | 'complete';
  /** An earlier caller died after the commit, and may have called the provider. */
  readonly mayHaveRun: boolean;
  /** Screening refuses now what an earlier try began: nothing more is sent, and what may have run is asked about. */
  readonly withheld: boolean;
  /** What the key was told meanwhile, by whoever ended the order. */
  readonly replay: () => Promise<Replayed>;
  readonly onSold?: () => void;
}

export async function takePayment(taking: Taking, shop: Selling, deadline: Deadline): Promise<Answer> {
  const { orders, step } = shop;
  const { orderId } = taking;
  const result = await step('authorize', () => callProvider(taking, shop, deadline));
  if (result.kind === 'not_recorded') return answers.unavailable();

  const { attempt, authorization } = result;
  const answer = answerTo(orderId, attempt, authorization);
  if (authorization.kind === 'approved' || authorization.kind === 'unknown') taking.onSold?.();
  // The attempt waits on at the provider, and is asked about; its key is open for another try.
  if (taking.how === 'complete') {
    if (authorization.kind === 'not_executed') return answers.unavailable();
    if (authorization.kind === 'unknown') return answer;
  }
  const confirmed = await step('confirm', () =>
    orders.event(orderId, eventOf(attempt, authorization, answer), deadline),
  );
  // Approved too late: the hold had lapsed, or reconciliation gave up first. The charge is released.
  const cancelled = confirmed.kind !== 'unreachable' && confirmed.state === 'cancelled';
  if (authorization.kind === 'approved' && cancelled) return answers.orderCancelled(orderId);
  const pending = confirmed.kind === 'illegal' && confirmed.state === 'pending_payment';
  const decided = confirmed.kind === 'illegal' && !pending;
  // Released meanwhile, because its buyer chose another way: the approval is given back, and the order waits.
  const released = authorization.kind === 'approved' && pending;
  // We do not know how the payment ended, and a webhook or reconciliation does: what it told the key is the answer.
  if (released || (authorization.kind === 'unknown' && (cancelled || decided))) {
    const settled = await taking.replay();
    if (settled !== null) return answers.replayed(settled.status, settled.body);
    if (released) return answers.confirming(orderId, attempt);
    return cancelled ? answers.orderCancelled(orderId) : answer;
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

const notSentAgain: Authorization = { kind: 'unknown', reason: 'refused_since', retry: false };

async function callProvider(taking: Taking, { gateway, orders, log }: Selling, deadline: Deadline) {
  const { orderId, market, payment, attempt } = taking;
  if (taking.withheld) return { kind: 'decided', attempt, authorization: notSentAgain } as const;
  if (taking.how === 'complete') {
    const { mayHaveRun } = taking;
    const authorization = await gateway.complete({ market, ...payment }, attempt, { deadline, mayHaveRun });
    return { kind: 'decided', attempt, authorization } as const;
  }
  return gateway.authorize({ orderId, market, ...payment }, attempt, {
    deadline,
    mayHaveRun: taking.mayHaveRun,
    async commitNext(failed, next) {
      const answer = await orders.nextAttempt(orderId, failed, next, deadline);
      if (answer.kind === 'attempt') return answer.attempt;
      if (answer.kind === 'refused' && answer.reason === 'order_unwanted') return 'unwanted';
      log.error('checkout.next_attempt_failed', { order_id: orderId, reason: answer.reason });
      return null;
    },
  });
}

function answerTo(orderId: string, attempt: Attempt, authorization: Authorization): Answer {
  switch (authorization.kind) {
    case 'approved':
      return answers.placed(orderId, attempt);
    case 'declined':
      return answers.declined(orderId, authorization.reason);
    case 'action_required':
      return answers.actionRequired(orderId, attempt, authorization.url);
    case 'unknown':
      return answers.confirming(orderId, attempt);
    case 'not_executed':
      return answers.paymentUnavailable();
  }
}

const eventTypes = {
  approved: 'payment.authorized',
  declined: 'payment.declined',
  action_required: 'payment.action_required',
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
