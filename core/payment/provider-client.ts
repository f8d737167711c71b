// Authorising at one provider: deadline, breaker, bulkhead, and a retry with the same key where the provider replays it.
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Attempt } from '../contracts/orders-api.ts';
import { type CallResult, call } from '../http/client.ts';
import type { Deadline } from '../http/deadline.ts';
import { createGuard } from '../http/guard.ts';
import { createRetryBudget, jitterMs } from '../http/retry-budget.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import {
  type Provider,
  paymentAttempts,
  paymentAuthorizationDuration,
  paymentBreakerOpen,
  paymentRetries,
  paymentTimeouts,
} from '../telemetry/metrics/payment.ts';
import { sampledTraceId } from '../telemetry/tracing.ts';
import type { Psp } from './psp.ts';

// Below the HTTP client's 128 connections a host: above it calls would queue there and time out unsent.
const callsAtOnce = 100;
/** Kept for telling the orders service what came of it. */
const confirmReserveMs = 500;
// A provider that is given less cannot answer; not sending is then provable, giving up later is not.
const worthSendingMs = 200;
const retryPauseMs = 100;

export interface Charge {
  readonly orderId: string;
  readonly method: string;
  readonly token: string;
}

export type Authorization =
  | { readonly kind: 'approved'; readonly reference: string }
  | { readonly kind: 'declined'; readonly reference?: string; readonly reason: string }
  /** Sent, and no answer that decides: it may have been executed, or may still be. */
  | { readonly kind: 'unknown'; readonly reason: string; readonly retry: boolean }
  /** Proven: no connection, refused by our own breaker, or the provider's word for it. */
  | { readonly kind: 'not_executed'; readonly reason: string };

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
}

// An allow-list: a status we do not know is not success, and not failure either.
const decision = z.object({
  id: z.string().max(120),
  status: z.enum(['approved', 'declined']),
  decline_code: z.string().max(80).optional(),
});

/** What an answer means under the provider's contract. */
function interpret(psp: Psp, result: CallResult): Authorization {
  if (result.kind === 'not_sent') return { kind: 'not_executed', reason: result.reason };
  // No retry after a timeout: the shopper has waited long enough, and reconciliation will ask.
  if (result.kind === 'no_answer')
    return { kind: 'unknown', reason: result.reason, retry: result.reason === 'connection_lost' };
  if (psp.notExecuted.includes(result.status))
    return { kind: 'not_executed', reason: 'provider_unavailable' };
  const error = (result.body as { error?: unknown } | null)?.error;
  // Voided by reconciliation, whose event says how the order ends; it may not be here yet.
  if (error === psp.keyReused || error === psp.referenceVoided)
    return { kind: 'unknown', reason: error as string, retry: false };
  if (psp.refused.includes(result.status)) return { kind: 'declined', reason: 'refused_by_provider' };
  const decided = decision.safeParse(result.body);
  if (result.status !== 201 || !decided.success)
    return { kind: 'unknown', reason: `status_${result.status}`, retry: result.status >= 500 };
  const { id, status, decline_code } = decided.data;
  return status === 'approved'
    ? { kind: 'approved', reference: id }
    : { kind: 'declined', reference: id, reason: decline_code ?? 'declined' };
}

export function createProviderClient(psp: Psp, config: Config, instruments: Instruments): ProviderClient {
  const { provider } = psp;
  const url = `${psp.baseUrl(config)}/v1/authorizations`;
  const budget = createRetryBudget();
  const guard = createGuard<Authorization>({
    capacity: callsAtOnce,
    // That we voided a reference says that the provider is well.
    failed: (result) =>
      result.kind === 'not_executed' || (result.kind === 'unknown' && result.reason !== psp.referenceVoided),
    onOpen: (open) => instruments.set(paymentBreakerOpen, { provider }, open ? 1 : 0),
  });

  async function send(charge: Charge, attempt: Attempt, timeoutMs: number): Promise<Authorization> {
    const started = performance.now();
    const result = await call({
      method: 'POST',
      url,
      headers: { 'idempotency-key': attempt.id },
      body: {
        reference: attempt.id,
        order: charge.orderId,
        amount_minor: attempt.amount_minor,
        currency: attempt.currency,
        method: charge.method,
        token: charge.token,
      },
      timeoutMs,
      name: `POST /v1/authorizations ${provider}`,
    });
    if (result.kind !== 'not_sent') {
      const seconds = (performance.now() - started) / 1000;
      instruments.observe(paymentAuthorizationDuration, { provider }, seconds, sampledTraceId());
    }
    if (result.kind === 'no_answer' && result.reason === 'timeout')
      instruments.count(paymentTimeouts, { provider, operation: 'authorize' });
    return interpret(psp, result);
  }

  async function once(charge: Charge, attempt: Attempt, deadline: Deadline): Promise<Authorization> {
    const timeoutMs = deadline.allow(config.PAYMENT_TIMEOUT_MS, confirmReserveMs);
    if (timeoutMs < worthSendingMs) return { kind: 'not_executed', reason: 'deadline_used_up' };
    const guarded = await guard.run(() => send(charge, attempt, timeoutMs));
    return guarded.kind === 'ran' ? guarded.value : { kind: 'not_executed', reason: guarded.reason };
  }

  async function withRetry(charge: Charge, attempt: Attempt, deadline: Deadline): Promise<Authorization> {
    budget.earn();
    const first = await once(charge, attempt, deadline);
    if (first.kind !== 'unknown' || !first.retry) return first;
    const waitMs = jitterMs(retryPauseMs);
    if (deadline.allow(config.PAYMENT_TIMEOUT_MS, confirmReserveMs + waitMs) < worthSendingMs) return first;
    if (!budget.spend()) return first;
    await pause(waitMs);
    instruments.count(paymentRetries, { provider });
    const second = await once(charge, attempt, deadline);
    // The second call not having run says nothing about the first.
    return second.kind === 'not_executed' ? first : second;
  }

  return {
    provider,
    takesWork: guard.claim,
    async authorize(charge, attempt, deadline, mayHaveRun) {
      const result = await withRetry(charge, attempt, deadline);
      const provesThisCallOnly =
        result.kind === 'not_executed' || (result.kind === 'declined' && result.reference === undefined);
      const outcome: Authorization =
        mayHaveRun && provesThisCallOnly ? { kind: 'unknown', reason: result.reason, retry: false } : result;
      instruments.count(paymentAttempts, { provider, outcome: outcome.kind });
      return outcome;
    },
  };
}
