// Captures and refunds that are written down are made, one claim at a time:
//
//   claim        → the row is ours for a minute, and counts as sent from here on; sent it is in the first part of it
//   ask provider → done | refused for good | proven not executed | unknown
//   note         → the event of the order, or when to ask again
//
// A death between any two of them is found again by the claim running out: the provider is asked about the key before
// anything is sent a second time.
import type { OrderEvent } from '../core/contracts/order-events.ts';
import { operationEventId } from '../core/contracts/payment-event-id.ts';
import type { Database } from '../core/db/client.ts';
import { applyOrderEvent } from '../core/orders/apply-order-event.ts';
import {
  claimOperations,
  finishOperation,
  type Operation,
  postponeOperation,
  refuseOperation,
} from '../core/orders/payment-operations.ts';
import type { ProviderAccess } from '../core/payment/books.ts';
import { type Lease, startLease } from '../core/payment/lease.ts';
import { capture, onItsWay, refund } from '../core/payment/operations.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { errorFields, type Log } from '../core/telemetry/log.ts';
import { alwaysSample, withSpan } from '../core/telemetry/tracing.ts';
import type { PassResult } from './in-turn.ts';

export interface MoneyDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly providers: readonly ProviderAccess[];
  readonly sendWithinMs?: number;
}

const atOnce = 8;
/** A pass ends within this, so that the steps after it have their turn while a provider lets every call time out. */
const passLimitMs = 4_000;

/**
 * From the claim until the call is sent: many times what the question before it may take. The claim itself lasts for as long
 * as a call may be on its way on top, so that whoever has it next finds at the provider what was sent in time.
 */
const sendWithinAtMostMs = 45_000;

/** One pass: everything that is due, or as much as fits. */
export async function moveMoney(deps: MoneyDeps): Promise<PassResult> {
  const endsAt = performance.now() + passLimitMs;
  const { sendWithinMs = sendWithinAtMostMs, providers } = deps;
  const claimMs = sendWithinMs + Math.max(...providers.map(({ inFlightMs }) => inFlightMs));
  let settled = 0;
  const failures: unknown[] = [];
  const walker = async () => {
    while (performance.now() < endsAt) {
      const lease = startLease(sendWithinMs);
      const [operation] = await claimOperations(deps.db, 1, claimMs);
      if (operation === undefined) return;
      try {
        if (await makeOne(deps, operation, lease)) settled += 1;
      } catch (error) {
        failures.push(error);
        deps.log.error('operation.failed', { operation: operation.operation_id, ...errorFields(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, walker));
  return { settled, failures };
}

function makeOne(deps: MoneyDeps, operation: Operation, lease: Lease): Promise<boolean> {
  const attributes = { [alwaysSample]: true, 'headroom.order_id': operation.order_id };
  return withSpan(`${operation.kind} payment`, { attributes }, async (span) => {
    const { db, instruments } = deps;
    const result = await ask(deps, operation, lease);
    span.setAttribute('headroom.outcome', result.kind);
    switch (result.kind) {
      case 'done':
        await applyOrderEvent(db, instruments, operation.order_id, eventOf(operation));
        await finishOperation(db, operation.operation_id, result.reference);
        return true;
      case 'refused':
        await refuseOperation(db, operation, result.reason);
        return true;
      case 'not_executed':
      case 'unknown':
        await postponeOperation(db, operation, {
          // Waiting for the first call to end is not a call.
          sent: result.kind === 'unknown' && result.reason !== onItsWay,
          failure: result.reason,
        });
        return false;
    }
  });
}

function ask({ providers }: MoneyDeps, operation: Operation, lease: Lease) {
  const access = providers.find(({ provider }) => provider === operation.provider);
  if (access === undefined)
    throw new Error(`an operation names ${operation.provider}, which is not a provider`);
  const make = operation.kind === 'capture' ? capture : refund;
  return make(access, {
    operationId: operation.operation_id,
    attemptId: operation.attempt_id,
    amount_minor: operation.amount_minor,
    currency: operation.currency,
    lastSentAtMs: operation.last_sent_ms,
    lease,
  });
}

const eventOf = ({ operation_id, attempt_id, kind, amount_minor }: Operation): OrderEvent => ({
  event_id: operationEventId(operation_id),
  // Of refunds the ledger says which one it is.
  type: kind === 'capture' ? 'payment.captured' : 'refund.partial',
  attempt_id,
  operation_id,
  amount_minor,
});
