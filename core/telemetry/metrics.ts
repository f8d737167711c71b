// Every metric of Headroom's shop, declared once, a file a family in metrics/: prom-client objects, PromQL, panels, SLOs,
// k6 thresholds and game-day expectations import them from there. Data only, because k6 loads these files too.
import {
  checkoutSubmissions,
  checkoutSubmissionDuration,
  checkoutStepDuration,
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
  paymentTimeouts,
  paymentBreakerOpen,
  paymentDeclines,
  paymentOperations,
  paymentRetries,
  paymentWebhooks,
  unknownPayments,
  unknownPaymentAge,
} from './metrics/payment.ts';
import {
  pipelineEventAge,
  notificationDelay,
  outboxPending,
  outboxOldestAge,
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
import type { Metric } from './metrics/metric.ts';

/** The explicit list: adding a metric is adding it here. */
export const metrics = [
  httpServerRequestDuration,
  checkoutSubmissions,
  checkoutSubmissionDuration,
  checkoutStepDuration,
  paymentSubmissions,
  fraudScreenings,
  fraudReviewsOpen,
  chargebackBudgetUsed,
  chargebacksThisMonth,
  fraudFalsePositives,
  paymentAttempts,
  paymentDeclines,
  paymentAuthorizationDuration,
  paymentTimeouts,
  paymentBreakerOpen,
  paymentOperations,
  paymentRetries,
  paymentWebhooks,
  unknownPayments,
  unknownPaymentAge,
  orderConfirmationDuration,
  orderTransitions,
  fulfilmentWaiting,
  fulfilmentOpenParcels,
  reservations,
  cartHolds,
  stockDriftRepaired,
  stockFeedAge,
  pipelineEventAge,
  notificationDelay,
  outboxPending,
  outboxOldestAge,
  queueJobs,
  queuePaused,
  queueWait,
  rowsPruned,
  oldestRowAge,
  killSwitchActive,
  killSwitchCopyAge,
  killSwitchDecisions,
  requestsRefused,
  checkoutDegraded,
  dbPoolWait,
  dbPoolUse,
  invariantViolations,
  invariantsLastCounted,
  reconciliationLastSuccess,
  openDiscrepancies,
  discrepancyRatio,
  heapUsedShare,
  redisUp,
  redisMemoryUsed,
  buildInfo,
] as const satisfies readonly Metric[];
