// Captures and refunds at a provider, by a key of ours that was written down before the call.
//
//   first call                        → send
//   sent before                       → ask what became of the key: done, or not found
//   not found, the provider replays   → send the same key again: at worst it is answered as the first time
//   not found, it does not, young     → unknown: the first call may still be on its way, a second would move money twice
//   not found, it does not, old       → send again
//   the claim is over                 → not sent: whoever has it now asks, and may have sent already
import { z } from 'zod';
import { call, type CallResult } from '../http/client.ts';
import { paymentOperations } from '../telemetry/metrics/payment.ts';
import { noteTimeout, type ProviderAccess, read } from './books.ts';
import type { Lease } from './lease.ts';
import type { Psp } from './psp.ts';

/** Why an operation stays unknown when nothing was sent: an earlier call under its key may still arrive. */
export const onItsWay = 'may_be_on_its_way';

export type OperationKind = 'capture' | 'refund';

export interface MoneyOperation {
  /** The idempotency key at the provider, stored by us before the call. */
  readonly operationId: string;
  /** Our reference of the authorisation. */
  readonly attemptId: string;
  readonly amount_minor: number;
  readonly currency: string;
  /**
   * When this operation was last sent before this call; null when it never was. Whoever claims it reads the stored time
   * and stores the new one in one statement, before the call: a process that died in between has sent, as far as anyone
   * knows, and two that claim at once know of each other.
   */
  readonly lastSentAtMs: number | null;
  /** Ends so long before the claim does that what was sent in time has arrived when the next one asks. */
  readonly lease: Lease;
}

export type OperationResult =
  | { readonly kind: 'done'; readonly reference: string }
  /** Never will. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Proven; the same key again at any time. */
  | { readonly kind: 'not_executed'; readonly reason: string }
  /** Call again later with the same key: it asks before it sends. */
  | { readonly kind: 'unknown'; readonly reason: string };

export const capture = (access: ProviderAccess, op: MoneyOperation) => operate(access, 'capture', op);
export const refund = (access: ProviderAccess, op: MoneyOperation) => operate(access, 'refund', op);

const found = z.object({ data: z.array(z.object({ id: z.string().min(1).max(120) })) });
const done = z.object({ id: z.string().min(1).max(120) });
const refusal = z.object({ error: z.string().max(80), executed: z.literal(false) });

/** What became of a key. `not_found` is not final before the provider's longest in-flight time. */
export async function findOperation(
  access: ProviderAccess,
  operationId: string,
): Promise<OperationResult | { readonly kind: 'not_found' }> {
  const result = await call({
    method: 'GET',
    url: `${access.baseUrl}/v1/operations?key=${encodeURIComponent(operationId)}`,
    timeoutMs: access.timeoutMs,
    name: `GET /v1/operations ${access.provider}`,
  });
  const answer = read(found, noteTimeout(access, 'query', result));
  if (answer.kind !== 'read') return { kind: 'unknown', reason: answer.reason };
  const first = answer.value.data[0];
  return first === undefined ? { kind: 'not_found' } : { kind: 'done', reference: first.id };
}

async function operate(access: ProviderAccess, kind: OperationKind, op: MoneyOperation) {
  const outcome = await decide(access, kind, op);
  const { provider, instruments } = access;
  instruments.count(paymentOperations, { provider, operation: kind, outcome: outcome.kind });
  return outcome;
}

async function decide(
  access: ProviderAccess,
  kind: OperationKind,
  op: MoneyOperation,
): Promise<OperationResult> {
  if (op.lastSentAtMs === null) return sendOnce(access, kind, op);
  const before = await findOperation(access, op.operationId);
  if (before.kind !== 'not_found') return before;
  // The clock of whoever sent it may be ahead of ours: then it is as young as can be.
  const final = Date.now() - op.lastSentAtMs > access.inFlightMs;
  if (!final && !access.psp.idempotent[kind]) return { kind: 'unknown', reason: onItsWay };
  const again = await sendOnce(access, kind, op);
  // That this call did not run, or may not, says nothing about the one before while that may still be on its way.
  return final || again.kind === 'done' ? again : { kind: 'unknown', reason: again.reason };
}

const leaseOver: OperationResult = { kind: 'not_executed', reason: 'lease_over' };

async function sendOnce(
  access: ProviderAccess,
  kind: OperationKind,
  op: MoneyOperation,
): Promise<OperationResult> {
  const { attemptId: reference, amount_minor, currency } = op;
  if (op.lease.over()) return leaseOver;
  const guarded = await access.guard.run(() =>
    call({
      method: 'POST',
      url: `${access.baseUrl}/v1/${kind}s`,
      headers: { 'idempotency-key': op.operationId },
      body: { reference, amount_minor, currency },
      timeoutMs: access.timeoutMs,
      name: `POST /v1/${kind}s ${access.provider}`,
    }),
  );
  if (guarded.kind === 'refused') return { kind: 'not_executed', reason: guarded.reason };
  const result = interpret(access.psp, noteTimeout(access, kind, guarded.value));
  if (result !== 'captured_by_whom') return result;
  const mine = await findOperation(access, op.operationId);
  return mine.kind === 'not_found' ? { kind: 'refused', reason: 'captured_under_another_key' } : mine;
}

/** What an answer means under the provider's contract. */
function interpret(psp: Psp, result: CallResult): OperationResult | 'captured_by_whom' {
  if (result.kind === 'not_sent') return { kind: 'not_executed', reason: result.reason };
  if (result.kind === 'no_answer') return { kind: 'unknown', reason: result.reason };
  const { status, body } = result;
  if (psp.notExecuted.includes(status)) return { kind: 'not_executed', reason: 'provider_unavailable' };
  const made = done.safeParse(body);
  if (status === 201 && made.success) return { kind: 'done', reference: made.data.id };
  const error = (body as { error?: unknown } | null)?.error;
  if (error === psp.alreadyCaptured) return 'captured_by_whom';
  // Something ran under the key with another body: what it was is for the provider to say.
  if (error === psp.keyReused) return { kind: 'unknown', reason: psp.keyReused };
  const refused = refusal.safeParse(body);
  if (status === 409 && refused.success) return { kind: 'refused', reason: refused.data.error };
  if (psp.refused.includes(status)) return { kind: 'refused', reason: 'refused_by_provider' };
  return { kind: 'unknown', reason: `status_${status}` };
}
