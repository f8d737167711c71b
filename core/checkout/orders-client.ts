// The orders service over its internal API. What it answers is a value; that it does not answer is one too.
import type { Config } from '../config.ts';
import type {
  Attempt,
  CartHold,
  HoldsAnswer,
  NextAttemptAnswer,
  OrderView,
  PayableAnswer,
  PaymentEvent,
  PaymentEventAnswer,
  PlaceOrder,
  PlaceOrderAnswer,
  StartPayment,
  StartPaymentAnswer,
} from '../contracts/orders-api.ts';
import { type Call, call } from '../http/client.ts';
import { type Deadline, deadlineHeader } from '../http/deadline.ts';
import { serviceTokenHeader } from '../http/service-token.ts';

// Placing waits for row locks of hot articles; the rest are short commits.
const placeLimitMs = 3_000;
const eventLimitMs = 1_000;
const readLimitMs = 1_000;
/** An event is idempotent by its id, so telling it again is safe. */
const eventTries = 3;

export interface Unreachable {
  readonly kind: 'unreachable';
  readonly reason: string;
}

export interface OrdersClient {
  place(order: PlaceOrder, deadline: Deadline): Promise<PlaceOrderAnswer | Unreachable>;
  nextAttempt(
    orderId: string,
    failed: Attempt,
    provider: string,
    deadline: Deadline,
  ): Promise<NextAttemptAnswer | Unreachable>;
  event(orderId: string, event: PaymentEvent, deadline: Deadline): Promise<PaymentEventAnswer | Unreachable>;
  payable(orderId: string, deadline: Deadline): Promise<Read<PayableAnswer>>;
  startPayment(
    orderId: string,
    start: StartPayment,
    deadline: Deadline,
  ): Promise<StartPaymentAnswer | Unreachable>;
  hold(holds: readonly CartHold[], deadline: Deadline): Promise<HoldsAnswer | Unreachable>;
  view(orderId: string, deadline: Deadline): Promise<Read<OrderView>>;
}
export type Read<T> =
  | { readonly kind: 'order'; readonly order: T }
  | { readonly kind: 'not_found' }
  | Unreachable;

export function createOrdersClient(config: Config): OrdersClient {
  const base = `${config.ORDERS_URL}/internal/v1/orders`;

  async function send(spec: Omit<Call, 'headers' | 'timeoutMs'>, limitMs: number, deadline: Deadline) {
    const timeoutMs = deadline.allow(limitMs);
    return call({
      ...spec,
      timeoutMs,
      headers: {
        [serviceTokenHeader]: config.SERVICE_TOKEN,
        [deadlineHeader]: String(timeoutMs),
      },
    });
  }

  /** Every answer of the internal API says its kind; one that does not is a bug over there, not an outcome. */
  async function ask<T extends { kind: string }>(
    spec: Omit<Call, 'headers' | 'timeoutMs'>,
    limitMs: number,
    deadline: Deadline,
  ): Promise<T | Unreachable> {
    const result = await send(spec, limitMs, deadline);
    if (result.kind !== 'answer') return { kind: 'unreachable', reason: result.reason };
    const body = result.body as T | null;
    if (typeof body?.kind === 'string') return body;
    return { kind: 'unreachable', reason: `status_${result.status}` };
  }

  async function read<T>(url: string, name: string, deadline: Deadline): Promise<Read<T>> {
    const result = await send({ method: 'GET', url, name }, readLimitMs, deadline);
    if (result.kind !== 'answer') return { kind: 'unreachable', reason: result.reason };
    if (result.status === 404) return { kind: 'not_found' };
    if (result.status !== 200) return { kind: 'unreachable', reason: `status_${result.status}` };
    return { kind: 'order', order: result.body as T };
  }

  const path = (orderId: string) => `${base}/${encodeURIComponent(orderId)}`;

  return {
    place: (body, deadline) =>
      ask({ method: 'POST', url: base, body, name: 'POST /internal/v1/orders' }, placeLimitMs, deadline),
    nextAttempt: (orderId, failed, provider, deadline) =>
      ask(
        {
          method: 'POST',
          url: `${path(orderId)}/attempts`,
          body: { failed_attempt_id: failed.id, provider },
          name: 'POST /internal/v1/orders/:id/attempts',
        },
        eventLimitMs,
        deadline,
      ),
    hold: (holds, deadline) =>
      ask(
        {
          method: 'POST',
          url: `${config.ORDERS_URL}/internal/v1/holds`,
          body: { holds },
          name: 'POST /internal/v1/holds',
        },
        config.SOFT_HOLD_TIMEOUT_MS,
        deadline,
      ),
    async event(orderId, body, deadline) {
      const url = `${path(orderId)}/events`;
      const name = 'POST /internal/v1/orders/:id/events';
      for (let tries = 1; ; tries++) {
        const answer = await ask<PaymentEventAnswer>(
          { method: 'POST', url, body, name },
          eventLimitMs,
          deadline,
        );
        if (answer.kind !== 'unreachable') return answer;
        if (tries === eventTries || deadline.remainingMs() === 0) return answer;
      }
    },
    payable: (orderId, deadline) =>
      read(`${path(orderId)}/payment`, 'GET /internal/v1/orders/:id/payment', deadline),
    startPayment: (orderId, body, deadline) =>
      ask(
        {
          method: 'POST',
          url: `${path(orderId)}/payments`,
          body,
          name: 'POST /internal/v1/orders/:id/payments',
        },
        eventLimitMs,
        deadline,
      ),
    view: (orderId, deadline) => read(path(orderId), 'GET /internal/v1/orders/:id', deadline),
  };
}
