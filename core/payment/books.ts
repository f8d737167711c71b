// Asking a provider about money by our own reference, and its books: what reconciliation stands on.
import { z } from 'zod';
import type { Config } from '../config.ts';
import { type CallResult, call } from '../http/client.ts';
import { createGuard, type Guard } from '../http/guard.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { type Provider, paymentTimeouts } from '../telemetry/metrics/payment.ts';
import type { Psp } from './psp.ts';
import { psps } from './routing.ts';

export interface ProviderAccess {
  readonly provider: Provider;
  readonly psp: Psp;
  readonly baseUrl: string;
  readonly timeoutMs: number;
  /** Its longest in-flight time: before it has passed, "not found" is not final. */
  readonly inFlightMs: number;
  /** Breaker and bulkhead of captures and refunds; one a process. */
  readonly guard: Guard<CallResult>;
  readonly instruments: Instruments;
}

const charge = z.object({
  id: z.string(),
  status: z.enum(['pending', 'approved', 'declined', 'captured', 'voided']),
  amount_minor: z.number().int(),
  currency: z.string(),
  created_ms: z.number(),
});
export type ProviderCharge = z.infer<typeof charge>;
const changed = { id: z.string(), amount_minor: z.number().int() };
const bookEntry = charge.extend({
  seq: z.number().int(),
  reference: z.string(),
  order: z.string(),
  /** When this change was made; `created_ms` is when the charge was. */
  at_ms: z.number(),
  captured_minor: z.number().int(),
  refunded_minor: z.number().int(),
  /** The capture or refund that this change is, under our key of it. */
  operation: z.object({ ...changed, key: z.string(), kind: z.enum(['capture', 'refund']) }).optional(),
  dispute: z.object({ ...changed, kind: z.enum(['notice', 'lost', 'won']) }).optional(),
});
export type BookEntry = z.infer<typeof bookEntry>;

const found = z.object({ data: z.array(charge) });
const voided = z.object({
  voided: z.number().int(),
  /** Captures under the reference, which a void leaves alone. */
  captured: z.number().int(),
  tombstoned: z.literal(true),
});
const books = z.object({ entries: z.array(bookEntry), next: z.number().int() });

/** The provider did not answer, or not in a way we know: nothing may be concluded from it. */
export interface NoAnswer {
  readonly kind: 'no_answer';
  readonly reason: string;
}
export type QueryResult = { readonly kind: 'found'; readonly charges: readonly ProviderCharge[] } | NoAnswer;
export type VoidResult =
  | { readonly kind: 'voided'; readonly count: number }
  /** Too late to void: the money was captured, and goes back by a refund. */
  | { readonly kind: 'captured' }
  | NoAnswer;
export type BooksResult =
  | { readonly kind: 'entries'; readonly entries: readonly BookEntry[]; readonly next: number }
  | NoAnswer;

// Captures and refunds wait for no shopper; few at once leave the provider to those who do.
const operationsAtOnce = 32;

export const providerAccess = (config: Config, instruments: Instruments): readonly ProviderAccess[] =>
  psps.map((psp) => ({
    provider: psp.provider,
    psp,
    baseUrl: psp.baseUrl(config),
    timeoutMs: config.PAYMENT_TIMEOUT_MS,
    inFlightMs: config.UNKNOWN_VOID_AFTER_MS,
    guard: createGuard<CallResult>({
      capacity: operationsAtOnce,
      failed: (result) => result.kind !== 'answer' || result.status >= 500,
    }),
    instruments,
  }));

/** What a 200 says under `schema`; any other answer says nothing. */
export function read<T>(schema: z.ZodType<T>, result: CallResult): { kind: 'read'; value: T } | NoAnswer {
  if (result.kind !== 'answer') return { kind: 'no_answer', reason: result.reason };
  if (result.status !== 200) return { kind: 'no_answer', reason: `status ${result.status}` };
  const parsed = schema.safeParse(result.body);
  return parsed.success
    ? { kind: 'read', value: parsed.data }
    : { kind: 'no_answer', reason: 'unreadable body' };
}

export function noteTimeout(
  access: ProviderAccess,
  operation: 'query' | 'void' | 'capture' | 'refund',
  result: CallResult,
): CallResult {
  if (result.kind === 'no_answer' && result.reason === 'timeout')
    access.instruments.count(paymentTimeouts, { provider: access.provider, operation });
  return result;
}

/** Charges under our reference. An empty list is not final before the provider's longest in-flight time. */
export async function queryByReference(access: ProviderAccess, reference: string): Promise<QueryResult> {
  const result = await call({
    method: 'GET',
    url: `${access.baseUrl}/v1/authorizations?reference=${encodeURIComponent(reference)}`,
    timeoutMs: access.timeoutMs,
    name: `GET /v1/authorizations ${access.provider}`,
  });
  const answer = read(found, noteTimeout(access, 'query', result));
  return answer.kind === 'read' ? { kind: 'found', charges: answer.value.data } : answer;
}

/** Voids what is authorised under the reference and makes the provider refuse whatever arrives under it later. */
export async function voidByReference(access: ProviderAccess, reference: string): Promise<VoidResult> {
  const result = await call({
    method: 'POST',
    url: `${access.baseUrl}/v1/voids`,
    body: { reference },
    timeoutMs: access.timeoutMs,
    name: `POST /v1/voids ${access.provider}`,
  });
  const answer = read(voided, noteTimeout(access, 'void', result));
  if (answer.kind !== 'read') return answer;
  return answer.value.captured > 0 ? { kind: 'captured' } : { kind: 'voided', count: answer.value.voided };
}

/** Every change of state after sequence number `after`, oldest first; `next` is the cursor to go on from. */
export async function readBooks(access: ProviderAccess, after: number, limit: number): Promise<BooksResult> {
  const result = await call({
    method: 'GET',
    url: `${access.baseUrl}/v1/books?after=${after}&limit=${limit}`,
    timeoutMs: access.timeoutMs,
    name: `GET /v1/books ${access.provider}`,
  });
  const answer = read(books, noteTimeout(access, 'query', result));
  return answer.kind === 'read' ? { kind: 'entries', ...answer.value } : answer;
}
