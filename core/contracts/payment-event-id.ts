// One id per attempt and outcome, whoever reports it: the answer of the call, a webhook and reconciliation dedupe
// against each other.
import type { PaymentEvent } from './orders-api.ts';

export const paymentEventId = (attemptId: string, type: PaymentEvent['type']) =>
  `psp:${attemptId}:${type.slice('payment.'.length)}`;

/** A capture or refund by our key of it: our worker's answer and the provider's webhook tell of the same. */
export const operationEventId = (operationId: string) => `operation:${operationId}`;

export type DisputeStep = 'notice' | 'lost' | 'won';

/** A step of a dispute, by the provider's id of it. */
export const disputeEventId = (disputeId: string, step: DisputeStep) => `psp:${disputeId}:dispute.${step}`;
