// Authorising at one provider: deadline, breaker, bulkhead, and a retry with the same key where the provider replays it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Attempt } from '../contracts/orders-api.ts';
import { call } from '../http/client.ts';
import type { Deadline } from '../http/deadline.ts';
import { createGuard } from '../http/guard.ts';
import { createRetryBudget, jitterMs } from '../http/retry-budget.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import {
  type Provider,
  paymentAttempts,
  paymentAuthorizationDuration,
  paymentBreakerOpen,
  paymentDeclines,
  paymentRetries,
  paymentTimeouts,
} from '../telemetry/metrics/payment.ts';
import { sampledTraceId } from '../telemetry/tracing.ts';
import { type Authorization, interpret } from './authorization.ts';
import { declineReason } from './decline-reason.ts';
import type { PaymentMethod } from './methods.ts';
import type { Psp } from './psp.ts';
import type { Sale } from './routing.ts';

// Below the HTTP client's 128 connections a host: above it calls would queue there and time out unsent.
const callsAtOnce = 100;
/** Kept for telling the orders service what came of it. */
const confirmReserveMs = 500;
// A provider that is given less cannot answer; not sending is then provable, giving up later is not.
const worthSendingMs = 200;
const retryPauseMs = 100;

export interface Charge extends Sale {
  readonly orderId: string;
  readonly token: string;
}

/** What a payment that waited for its buyer is completed with. */
export type Payment = Pick<Charge, 'method' | 'token'>;

export interface ProviderClient {
  readonly provider: Provider;
  takesWork(): boolean;
  /** `mayHaveRun`: an earlier call of this attempt was made, so a refusal now proves nothing about that one. */
  authorize(
    charge: Charge,
    attempt: Attempt,
    deadline: Deadline,
    mayHaveRun: boolean,
  ): Promise<Authorization>;
  complete(attempt: Attempt, payment: Payment, deadline: Deadline): Promise<Authorization>;
}

const mayBeThere: Authorization = { kind: 'unknown', reason: 'sent_before', retry: false };

export function createProviderClient(psp: Psp, config: Config, instruments: Instruments): ProviderClient {
  const { provider } = psp;
  const base = psp.baseUrl(config);
  const budget = createRetryBudget();
  const guard = createGuard<Authorization>({
    capacity: callsAtOnce,
    // That we voided a reference says that the provider is well.
    failed: (result) =>
      result.kind === 'not_executed' || (result.kind === 'unknown' && result.reason !== psp.referenceVoided),
    onOpen: (open) => instruments.set(paymentBreakerOpen, { provider }, open ? 1 : 0),
  });

  interface Request {
    readonly path: '/v1/authorizations' | '/v1/confirmations';
    readonly key: string;
    readonly body: object;
  }
  const authorizing = (charge: Charge, attempt: Attempt): Request => ({
    path: '/v1/authorizations',
    key: attempt.id,
    body: {
      reference: attempt.id,
      order: charge.orderId,
      amount_minor: attempt.amount_minor,
      currency: attempt.currency,
      method: charge.method,
      token: charge.token,
    },
  });
  const confirming = (attempt: Attempt, token: string): Request => ({
    path: '/v1/confirmations',
    // The provider completes a reference once, whatever token asks.
    key: `${attempt.id}_confirm`,
    body: { reference: attempt.id, token },
  });

  async function send({ path, key, body }: Request, timeoutMs: number): Promise<Authorization> {
    const started = performance.now();
    const result = await call({
      method: 'POST',
      url: `${base}${path}`,
      headers: { 'idempotency-key': key },
      body,
      timeoutMs,
      name: `POST ${path} ${provider}`,
    });
    if (result.kind !== 'not_sent') {
      const seconds = (performance.now() - started) / 1000;
      instruments.observe(paymentAuthorizationDuration, { provider }, seconds, sampledTraceId());
    }
    if (result.kind === 'no_answer' && result.reason === 'timeout')
      instruments.count(paymentTimeouts, { provider, operation: 'authorize' });
    return interpret(psp, result);
  }

  async function once(request: Request, deadline: Deadline): Promise<Authorization> {
    const timeoutMs = deadline.allow(config.PAYMENT_TIMEOUT_MS, confirmReserveMs);
    if (timeoutMs < worthSendingMs) return { kind: 'not_executed', reason: 'deadline_used_up' };
    const guarded = await guard.run(() => send(request, timeoutMs));
    return guarded.kind === 'ran' ? guarded.value : { kind: 'not_executed', reason: guarded.reason };
  }

  async function withRetry(request: Request, deadline: Deadline): Promise<Authorization> {
    budget.earn();
    const first = await once(request, deadline);
    if (first.kind !== 'unknown' || !first.retry || !psp.idempotent.authorize) return first;
    const waitMs = jitterMs(retryPauseMs);
    if (deadline.allow(config.PAYMENT_TIMEOUT_MS, confirmReserveMs + waitMs) < worthSendingMs) return first;
    if (!budget.spend()) return first;
    await pause(waitMs);
    instruments.count(paymentRetries, { provider });
    const second = await once(request, deadline);
    // The second call not having run says nothing about the first.
    return second.kind === 'not_executed' ? first : second;
  }

  function tell(method: string, told: Authorization): void {
    // The contract takes no other method.
    instruments.count(paymentAttempts, { provider, method: method as PaymentMethod, outcome: told.kind });
    if (told.kind === 'declined')
      instruments.count(paymentDeclines, { provider, reason: declineReason(told.reason) });
  }

  return {
    provider,
    takesWork: guard.claim,
    async authorize(charge, attempt, deadline, mayHaveRun) {
      // Sent again it would charge again: what became of it is asked for by reconciliation.
      const again = mayHaveRun && !psp.idempotent.authorize;
      const result = again ? mayBeThere : await withRetry(authorizing(charge, attempt), deadline);
      const provesThisCallOnly =
        result.kind === 'not_executed' || (result.kind === 'declined' && result.reference === undefined);
      const outcome: Authorization =
        mayHaveRun && provesThisCallOnly ? { kind: 'unknown', reason: result.reason, retry: false } : result;
      tell(charge.method, outcome);
      return outcome;
    },
    async complete(attempt, { method, token }, deadline) {
      const result = await withRetry(confirming(attempt, token), deadline);
      // That it does not take this token says nothing about the payment, which waits on.
      const outcome: Authorization =
        result.kind === 'declined' && result.reference === undefined
          ? { kind: 'not_executed', reason: result.reason }
          : result;
      tell(method, outcome);
      return outcome;
    },
  };
}
