// Payments nobody knows the end of: asked about under our own reference until the provider knows, or until it can no
// longer come to know. Every answer becomes the event the payment call itself would have been, under the same id.
//
//   found, live          → payment.authorized: the order is completed and its mail goes out like any other
//   found, declined      → payment.declined
//   found, only voided   → payment.voided
//   not found, young     → nothing: the charge may still be on its way
//   not found, old       → void by reference, which also refuses what arrives later → payment.voided
//   no answer            → nothing may be concluded; asked again
import type { PaymentEvent } from '../core/contracts/orders-api.ts';
import type { Database } from '../core/db/client.ts';
import { type AbandonedOrder, abandonedOrders } from '../core/orders/abandoned.ts';
import { applyPaymentEvent } from '../core/orders/apply-event.ts';
import {
  type ProviderAccess,
  type ProviderCharge,
  queryByReference,
  voidByReference,
} from '../core/payment/books.ts';
import { paymentEventId } from '../core/payment/event-id.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { alwaysSample, withSpan } from '../core/telemetry/tracing.ts';

export interface UnknownPaymentDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly providers: readonly ProviderAccess[];
  /** A `started` attempt older than this has no caller left that waits for its answer. */
  readonly startedBeforeMs: number;
  /** The provider's longest in-flight time: before it, "not found" is not final. */
  readonly voidAfterMs: number;
}

const attemptsAPass = 500;
const atOnce = 16;
/** A pass ends within this, so that the gauges stay fresh while a provider lets every call time out. */
const passLimitMs = 4_000;

export interface UnknownPayments {
  /** Resolves what can be resolved now; the result counts it. */
  resolve(): Promise<number>;
}

export function createUnknownPayments(deps: UnknownPaymentDeps): UnknownPayments {
  // Who was asked about longest ago is asked about first: a few that never get an answer must not starve the rest.
  let askedAt = new Map<string, number>();
  return {
    async resolve() {
      const open = await abandonedOrders(deps.db, {
        startedBeforeMs: deps.startedBeforeMs,
        limit: attemptsAPass,
      });
      askedAt = new Map(open.map(({ attempt_id }) => [attempt_id, askedAt.get(attempt_id) ?? 0]));
      const inTurn = open.toSorted((a, b) => askedAt.get(a.attempt_id)! - askedAt.get(b.attempt_id)!);
      const endsAt = performance.now() + passLimitMs;
      let resolved = 0;
      const walk = inTurn.values();
      const walker = async () => {
        for (const attempt of walk) {
          if (performance.now() > endsAt) return;
          askedAt.set(attempt.attempt_id, Date.now());
          if (await resolveOne(deps, attempt)) resolved += 1;
        }
      };
      await Promise.all(Array.from({ length: atOnce }, walker));
      return resolved;
    },
  };
}

function resolveOne(deps: UnknownPaymentDeps, attempt: AbandonedOrder): Promise<boolean> {
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
async function findOut(deps: UnknownPaymentDeps, attempt: AbandonedOrder): Promise<PaymentEvent | null> {
  const access = deps.providers.find(({ provider }) => provider === attempt.provider);
  if (access === undefined) throw new Error(`an attempt names ${attempt.provider}, which is not a provider`);
  const answer = await queryByReference(access, attempt.attempt_id);
  if (answer.kind === 'no_answer') return null;
  const charge = deciding(answer.charges);
  if (charge !== null) return eventOf(attempt, typeOf[charge.status], charge);
  if (attempt.age_ms < deps.voidAfterMs) return null;
  const voided = await voidByReference(access, attempt.attempt_id);
  return voided.kind === 'voided' ? eventOf(attempt, 'payment.voided', null) : null;
}

const typeOf = {
  approved: 'payment.authorized',
  captured: 'payment.authorized',
  declined: 'payment.declined',
  voided: 'payment.voided',
} as const satisfies Record<ProviderCharge['status'], PaymentEvent['type']>;

const precedence = ['captured', 'approved', 'declined', 'voided'] as const;
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
