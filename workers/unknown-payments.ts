// Payments nobody knows the end of: asked about under our own reference until the provider knows, or until it can no
// longer come to know. Every answer becomes the event the payment call itself would have been, under the same id.
//
//   found, live          → payment.authorized: the order is completed and its mail goes out like any other
//   found, declined      → payment.declined
//   found, not agreed to → payment.action_required, and once that is known: nothing, or void when the time is over
//   found, only voided   → payment.voided
//   not found, young     → nothing: the charge may still be on its way
//   not found, old       → its submission taken over, asked once more, then void by reference, which also refuses what
//                          arrives later → payment.voided
//   no answer            → nothing may be concluded; asked again
import type { PaymentEvent } from '../core/contracts/orders-api.ts';
import type { Database } from '../core/db/client.ts';
import { type AbandonedOrder, abandonedOrders, takeOverAttempt } from '../core/orders/abandoned.ts';
import { applyPaymentEvent } from '../core/orders/apply-event.ts';
import {
  type ProviderAccess,
  type ProviderCharge,
  queryByReference,
  voidByReference,
} from '../core/payment/books.ts';
import { paymentEventId } from '../core/contracts/payment-event-id.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import type { Log } from '../core/telemetry/log.ts';
import { alwaysSample, withSpan } from '../core/telemetry/tracing.ts';
import { createInTurn, type PassResult } from './in-turn.ts';

export interface ResolverDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly providers: readonly ProviderAccess[];
  /** The provider's longest in-flight time: before it, "not found" is not final. Of a buyer, the time to agree. */
  readonly voidAfterMs: number;
  /** A caller that took an attempt in hand longer ago than this does not wait for its answer any more. */
  readonly startedBeforeMs: number;
}

const attemptsAPass = 500;

/** One pass a call: resolves what can be resolved now. */
export function createUnknownPayments(deps: ResolverDeps): () => Promise<PassResult> {
  const { db, startedBeforeMs } = deps;
  return createResolver(deps, () => abandonedOrders(db, { startedBeforeMs, limit: attemptsAPass }));
}

/** The same for the attempts that `list` finds. */
export function createResolver(
  deps: ResolverDeps,
  list: () => Promise<readonly AbandonedOrder[]>,
): () => Promise<PassResult> {
  const inTurn = createInTurn<AbandonedOrder>(deps.log, ({ attempt_id }) => attempt_id);
  return async () => inTurn(await list(), (attempt) => resolveOne(deps, attempt));
}

function resolveOne(deps: ResolverDeps, attempt: AbandonedOrder): Promise<boolean> {
  const attributes = { [alwaysSample]: true, 'headroom.order_id': attempt.order_id };
  return withSpan('resolve payment', { attributes }, async (span) => {
    const event = await findOut(deps, attempt);
    span.setAttribute('headroom.payment_event', event?.type ?? 'none');
    if (event === null) return false;
    await applyPaymentEvent(deps.db, deps.instruments, attempt.order_id, event);
    return true;
  });
}

/** What the provider's word makes of the attempt; null when it is too early to say. */
async function findOut(deps: ResolverDeps, attempt: AbandonedOrder): Promise<PaymentEvent | null> {
  const access = deps.providers.find(({ provider }) => provider === attempt.provider);
  if (access === undefined) throw new Error(`an attempt names ${attempt.provider}, which is not a provider`);
  const told = await ask(access, attempt);
  if (told !== 'nothing') return told;
  if (attempt.age_ms < deps.voidAfterMs) return null;
  if (!(await takeOverAttempt(deps.db, attempt.attempt_id, deps.startedBeforeMs))) return null;
  const again = await ask(access, attempt);
  if (again !== 'nothing') return again;
  const voided = await voidByReference(access, attempt.attempt_id);
  return voided.kind === 'voided' ? eventOf(attempt, 'payment.voided', null) : null;
}

/** `nothing`: there is no charge, or its buyer has not agreed to it; null when that is not known. */
async function ask(
  access: ProviderAccess,
  attempt: AbandonedOrder,
): Promise<PaymentEvent | 'nothing' | null> {
  const answer = await queryByReference(access, attempt.attempt_id);
  if (answer.kind === 'no_answer') return null;
  const charge = deciding(answer.charges);
  const waits = charge?.status === 'pending' && attempt.attempt_state === 'action_required';
  return charge === null || waits ? 'nothing' : eventOf(attempt, typeOf[charge.status], charge);
}

const typeOf = {
  approved: 'payment.authorized',
  captured: 'payment.authorized',
  declined: 'payment.declined',
  // From here on it is the buyer's to decide: waiting-payments.ts asks again.
  pending: 'payment.action_required',
  voided: 'payment.voided',
} as const satisfies Record<ProviderCharge['status'], PaymentEvent['type']>;

const precedence = ['captured', 'approved', 'pending', 'declined', 'voided'] as const;
/** Money that is held decides, whatever else was tried under the same reference. */
const deciding = (charges: readonly ProviderCharge[]): ProviderCharge | null =>
  precedence.flatMap((status) => charges.find((charge) => charge.status === status) ?? [])[0] ?? null;

const eventOf = (
  attempt: AbandonedOrder,
  type: PaymentEvent['type'],
  charge: ProviderCharge | null,
): PaymentEvent => ({
  event_id: paymentEventId(attempt.attempt_id, type),
  type,
  attempt_id: attempt.attempt_id,
  reason: charge === null ? 'not_found' : 'found_by_reconciliation',
  decided_at_ms: charge?.created_ms ?? Date.now(),
  ...(charge === null ? {} : { provider_reference: charge.id }),
});
