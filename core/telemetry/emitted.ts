// Which service emits which metric: /metrics of a service holds these and no others, history is written under the
// same job, and a metric that nobody emits is found by a test. Pure.
import type { Metric, Service } from './metrics/metric.ts';
import {
  checkoutStepDuration,
  checkoutSubmissionDuration,
  checkoutSubmissions,
  paymentSubmissions,
} from './metrics/checkout.ts';
import {
  chargebackBudgetUsed,
  chargebacksThisMonth,
  fraudFalsePositives,
  fraudReviewsOpen,
  fraudScreenings,
} from './metrics/fraud.ts';
import { httpServerRequestDuration } from './metrics/http.ts';
import {
  discrepancyRatio,
  invariantsLastCounted,
  invariantViolations,
  openDiscrepancies,
  reconciliationLastSuccess,
} from './metrics/invariants.ts';
import { cartHolds, reservations, stockDriftRepaired, stockFeedAge } from './metrics/inventory.ts';
import {
  fulfilmentOpenParcels,
  fulfilmentWaiting,
  orderConfirmationDuration,
  orderTransitions,
} from './metrics/orders.ts';
import {
  paymentAttempts,
  paymentAuthorizationDuration,
  paymentBreakerOpen,
  paymentDeclines,
  paymentRetries,
  paymentOperations,
  paymentWebhooks,
  paymentTimeouts,
  unknownPaymentAge,
  unknownPayments,
} from './metrics/payment.ts';
import {
  notificationDelay,
  outboxOldestAge,
  outboxPending,
  pipelineEventAge,
  queueJobs,
  queuePaused,
  queueWait,
} from './metrics/pipeline.ts';
import {
  buildInfo,
  dbPoolUse,
  dbPoolWait,
  heapUsedShare,
  redisMemoryUsed,
  redisUp,
} from './metrics/platform.ts';
import { checkoutDegraded, requestsRefused } from './metrics/limits.ts';
import { oldestRowAge, rowsPruned } from './metrics/retention.ts';
import { killSwitchActive, killSwitchCopyAge, killSwitchDecisions } from './metrics/switches.ts';

const ofEveryProcess = [heapUsedShare, buildInfo] as const;

export const emittedBy = {
  checkout: [
    httpServerRequestDuration,
    checkoutSubmissions,
    checkoutSubmissionDuration,
    checkoutStepDuration,
    paymentSubmissions,
    fraudScreenings,
    cartHolds,
    paymentAttempts,
    paymentDeclines,
    paymentAuthorizationDuration,
    paymentTimeouts,
    paymentBreakerOpen,
    paymentRetries,
    killSwitchActive,
    killSwitchCopyAge,
    killSwitchDecisions,
    requestsRefused,
    checkoutDegraded,
    dbPoolWait,
    dbPoolUse,
    ...ofEveryProcess,
  ],
  orders: [
    httpServerRequestDuration,
    orderConfirmationDuration,
    orderTransitions,
    reservations,
    paymentWebhooks,
    killSwitchActive,
    killSwitchCopyAge,
    killSwitchDecisions,
    requestsRefused,
    dbPoolWait,
    dbPoolUse,
    ...ofEveryProcess,
  ],
  workers: [
    // Recovered payments are confirmed here, late ones included; the order creation SLI sums both jobs.
    orderConfirmationDuration,
    orderTransitions,
    fulfilmentWaiting,
    fulfilmentOpenParcels,
    reservations,
    stockDriftRepaired,
    stockFeedAge,
    // Of what only workers ask: queries, voids, captures, refunds.
    paymentTimeouts,
    paymentOperations,
    unknownPayments,
    unknownPaymentAge,
    fraudReviewsOpen,
    chargebackBudgetUsed,
    chargebacksThisMonth,
    fraudFalsePositives,
    pipelineEventAge,
    notificationDelay,
    outboxPending,
    outboxOldestAge,
    queueJobs,
    queuePaused,
    queueWait,
    rowsPruned,
    oldestRowAge,
    dbPoolWait,
    dbPoolUse,
    redisUp,
    redisMemoryUsed,
    invariantViolations,
    invariantsLastCounted,
    reconciliationLastSuccess,
    openDiscrepancies,
    discrepancyRatio,
    ...ofEveryProcess,
  ],
} as const satisfies Record<Service, readonly Metric[]>;
