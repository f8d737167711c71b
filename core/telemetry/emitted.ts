// Which service emits which metric: /metrics of a service holds these and no others, history is written under the
// same job, and a metric that nobody emits is found by a test. Pure.
import type { Metric, serviceNames } from './metrics.ts';
import * as m from './metrics.ts';

export type Service = (typeof serviceNames)[number];

export const emittedBy = {
  checkout: [
    m.httpServerRequestDuration,
    m.checkoutSubmissions,
    m.checkoutSubmissionDuration,
    m.checkoutStepDuration,
    m.paymentAttempts,
    m.paymentAuthorizationDuration,
    m.paymentTimeouts,
    m.paymentBreakerOpen,
    m.paymentRetries,
    m.dbPoolWait,
    m.buildInfo,
  ],
  orders: [
    m.httpServerRequestDuration,
    m.orderConfirmationDuration,
    m.orderTransitions,
    m.reservations,
    m.dbPoolWait,
    m.buildInfo,
  ],
  workers: [
    // Recovered payments are confirmed here, late ones included; the order creation SLI sums both jobs.
    m.orderConfirmationDuration,
    m.orderTransitions,
    m.reservations,
    // Of queries and voids, which only reconciliation makes.
    m.paymentTimeouts,
    m.unknownPayments,
    m.unknownPaymentAge,
    m.pipelineEventAge,
    m.notificationDelay,
    m.outboxPending,
    m.outboxOldestAge,
    m.queueJobs,
    m.queueWait,
    m.dbPoolWait,
    m.invariantViolations,
    m.reconciliationLastSuccess,
    m.buildInfo,
  ],
} as const satisfies Record<Service, readonly Metric[]>;
