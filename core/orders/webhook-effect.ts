// What a provider's event means for an order: the same event that our own call's answer, or reconciliation, makes of it.
import type { OrderEvent } from '../contracts/order-events.ts';
import type { PaymentEvent } from '../contracts/orders-api.ts';
import {
  disputeEventId,
  type DisputeStep,
  operationEventId,
  paymentEventId,
} from '../contracts/payment-event-id.ts';
import type { ProviderWebhook } from '../contracts/provider-webhook.ts';
import type { Database } from '../db/client.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { applyPaymentEvent } from './apply-event.ts';
import { applyOrderEvent, applyParked } from './apply-order-event.ts';
import type { HandledResult } from './webhook-inbox.ts';

type Meaning =
  | { readonly kind: 'payment'; readonly event: PaymentEvent }
  | { readonly kind: 'order'; readonly event: OrderEvent };

const paymentTypes = {
  'authorization.approved': 'payment.authorized',
  'authorization.declined': 'payment.declined',
  'authorization.voided': 'payment.voided',
} as const;

function meaningOf(webhook: ProviderWebhook): Meaning {
  const { amount_minor, reference: attempt_id } = webhook.data;
  switch (webhook.type) {
    case 'authorization.approved':
    case 'authorization.declined':
    case 'authorization.voided': {
      const type = paymentTypes[webhook.type];
      const event_id = paymentEventId(attempt_id, type);
      const told = {
        attempt_id,
        provider_reference: webhook.data.charge_id,
        decided_at_ms: webhook.created_ms,
      };
      const code = webhook.type === 'authorization.declined' ? webhook.data.decline_code : undefined;
      return {
        kind: 'payment',
        event: { event_id, type, ...told, ...(code === undefined ? {} : { reason: code }) },
      };
    }
    case 'capture.succeeded':
    case 'refund.succeeded': {
      const { operation_id } = webhook.data;
      // Which refund is the last one is what our ledger says.
      const type = webhook.type === 'capture.succeeded' ? 'payment.captured' : 'refund.partial';
      const event_id = operationEventId(operation_id);
      return { kind: 'order', event: { event_id, type, attempt_id, operation_id, amount_minor } };
    }
    case 'dispute.notice':
    case 'dispute.lost':
    case 'dispute.won': {
      const { dispute_id } = webhook.data;
      const event_id = disputeEventId(dispute_id, webhook.type.slice('dispute.'.length) as DisputeStep);
      // Nothing that the event does not know: what waits on record is read back as strictly as it is checked.
      const about = { event_id, attempt_id, dispute_id };
      if (webhook.type === 'dispute.notice')
        return { kind: 'order', event: { ...about, type: 'chargeback.notice' } };
      if (webhook.type === 'dispute.lost')
        return { kind: 'order', event: { ...about, type: 'chargeback.lost', amount_minor } };
      const { returned_minor } = webhook.data;
      const back = returned_minor === undefined ? {} : { returned_minor };
      return { kind: 'order', event: { ...about, ...back, type: 'chargeback.won' } };
    }
  }
}

const resultOf = {
  applied: 'applied',
  duplicate: 'known',
  illegal: 'illegal',
  no_such_order: 'unknown_reference',
  no_such_attempt: 'unknown_reference',
} as const satisfies Record<string, HandledResult>;

/** Idempotent by the ids of the events it makes, so it may be repeated after any crash. */
export async function applyWebhook(
  db: Database,
  instruments: Instruments,
  webhook: ProviderWebhook,
): Promise<HandledResult> {
  const orderId = webhook.data.order;
  const meaning = meaningOf(webhook);
  if (meaning.kind === 'order')
    return resultOf[(await applyOrderEvent(db, instruments, orderId, meaning.event)).kind];
  const { kind } = await applyPaymentEvent(db, instruments, orderId, meaning.event);
  // A capture that was told before its authorisation waits for this.
  if (kind === 'applied') await applyParked(db, instruments, orderId);
  return resultOf[kind];
}
