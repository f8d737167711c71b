// Objectives as data. From one definition come recording rules, burn-rate alerts, dashboards, k6 thresholds and
// gate criteria. Pure: k6 loads this file.
import {
  checkoutSubmissionDuration,
  checkoutSubmissions,
  submissionFailures,
  submissionOutcomes,
} from '../core/telemetry/metrics/checkout.ts';
import {
  atpRoutes,
  cartRoutes,
  httpServerRequestDuration,
  quoteRoutes,
} from '../core/telemetry/metrics/http.ts';
import type { Metric } from '../core/telemetry/metrics/metric.ts';
import { orderConfirmationDuration } from '../core/telemetry/metrics/orders.ts';
import { paymentAttempts, paymentAuthorizationDuration } from '../core/telemetry/metrics/payment.ts';
import { notificationDelay, pipelineEventAge } from '../core/telemetry/metrics/pipeline.ts';

type Matchers = Readonly<Record<string, string | readonly string[]>>;

/** Share of events that are good, counted on both sides from one counter. */
export interface RatioSli {
  readonly kind: 'ratio';
  readonly metric: Metric;
  readonly total: Matchers;
  /** Events that spend budget; a subset of `total`. */
  readonly bad: Matchers;
}
/** Share of events answered within `thresholdSeconds`, which must be a bucket of the histogram. */
export interface LatencySli {
  readonly kind: 'latency';
  readonly metric: Metric;
  readonly total: Matchers;
  /** Of what is in time only this is good: a failure is seldom slow, and otherwise would never spend budget. */
  readonly good?: Matchers;
  readonly thresholdSeconds: number;
}

export interface Slo {
  /** kebab-case; the `slo` label of every series and alert made from it. */
  readonly id: string;
  readonly title: string;
  readonly objective: number;
  readonly goodEvent: string;
  readonly sli: RatioSli | LatencySli;
  readonly alertName: string;
  /** Fast enough at drill rates to be proven live by an experiment, not only by promtool. */
  readonly provenLive: boolean;
}

/** Window of the error budget. */
export const windowDays = 30;

// Answers that carry a payment decision, or say who has to make it; a rejected or failed one has no honest latency.
const answered = submissionOutcomes.filter(
  (o) =>
    o === 'placed' || o === 'confirming' || o === 'action_required' || o === 'declined' || o === 'sold_out',
);

// What the client got wrong is answered; what we got wrong, or shed, is not, however quickly.
const notOurFailure = { status_class: ['2xx', '3xx', '4xx'] } as const;

export const slos = [
  {
    id: 'checkout-availability',
    title: 'Checkout availability',
    objective: 0.999,
    goodEvent: 'order submission not failed by us (declines, sold out, invalid input are not our failure)',
    sli: { kind: 'ratio', metric: checkoutSubmissions, total: {}, bad: { outcome: submissionFailures } },
    alertName: 'CheckoutAvailabilityBurn',
    provenLive: true,
  },
  {
    id: 'checkout-latency',
    title: 'Checkout latency',
    objective: 0.99,
    goodEvent: 'submission answered within 1 s',
    sli: {
      kind: 'latency',
      metric: checkoutSubmissionDuration,
      total: { outcome: answered },
      thresholdSeconds: 1,
    },
    alertName: 'CheckoutLatencyBurn',
    provenLive: false,
  },
  {
    id: 'payment-authorization',
    title: 'Payment authorisation',
    objective: 0.99,
    goodEvent: 'attempt that got an answer from a provider: approved or issuer-declined',
    sli: { kind: 'ratio', metric: paymentAttempts, total: {}, bad: { outcome: ['unknown', 'not_executed'] } },
    alertName: 'PaymentAuthorizationBurn',
    provenLive: false,
  },
  {
    id: 'order-creation',
    title: 'Order creation',
    objective: 0.995,
    goodEvent: 'approved payment with its order stored within 5 s',
    sli: { kind: 'latency', metric: orderConfirmationDuration, total: {}, thresholdSeconds: 5 },
    alertName: 'OrderCreationBurn',
    provenLive: false,
  },
  {
    id: 'cart',
    title: 'Cart',
    objective: 0.99,
    goodEvent: 'cart call answered without an error of ours within 300 ms',
    sli: {
      kind: 'latency',
      metric: httpServerRequestDuration,
      total: { service: 'checkout', http_route: cartRoutes },
      good: notOurFailure,
      thresholdSeconds: 0.3,
    },
    alertName: 'CartBurn',
    provenLive: false,
  },
  {
    id: 'quote',
    title: 'Quote',
    objective: 0.99,
    goodEvent: 'quote answered without an error of ours within 1 s',
    sli: {
      kind: 'latency',
      metric: httpServerRequestDuration,
      total: { service: 'checkout', http_route: quoteRoutes },
      good: notOurFailure,
      thresholdSeconds: 1,
    },
    alertName: 'QuoteBurn',
    provenLive: false,
  },
  {
    id: 'payment-latency-primary',
    title: 'Payment authorisation latency, primary provider',
    objective: 0.99,
    goodEvent: 'psp-primary answered within 1 s',
    sli: {
      kind: 'latency',
      metric: paymentAuthorizationDuration,
      total: { provider: 'psp-primary' },
      thresholdSeconds: 1,
    },
    alertName: 'PaymentLatencyPrimaryBurn',
    provenLive: false,
  },
  {
    id: 'payment-latency-backup',
    title: 'Payment authorisation latency, backup provider',
    objective: 0.99,
    goodEvent: 'psp-backup answered within 1 s',
    sli: {
      kind: 'latency',
      metric: paymentAuthorizationDuration,
      total: { provider: 'psp-backup' },
      thresholdSeconds: 1,
    },
    alertName: 'PaymentLatencyBackupBurn',
    provenLive: false,
  },
  {
    id: 'inventory-read',
    title: 'Inventory read',
    objective: 0.99,
    goodEvent: 'ATP read answered without an error of ours within 100 ms',
    sli: {
      kind: 'latency',
      metric: httpServerRequestDuration,
      total: { service: 'orders', http_route: atpRoutes },
      good: notOurFailure,
      thresholdSeconds: 0.1,
    },
    alertName: 'InventoryReadBurn',
    provenLive: false,
  },
  {
    id: 'pipeline-freshness',
    title: 'Pipeline freshness',
    objective: 0.99,
    goodEvent: 'order event handled by its last consumer within 5 s',
    sli: { kind: 'latency', metric: pipelineEventAge, total: {}, thresholdSeconds: 5 },
    alertName: 'PipelineFreshnessBurn',
    provenLive: false,
  },
  {
    id: 'notification',
    title: 'Notification',
    objective: 0.99,
    goodEvent: 'confirmation handed to SMTP within 60 s',
    sli: { kind: 'latency', metric: notificationDelay, total: {}, thresholdSeconds: 60 },
    alertName: 'NotificationBurn',
    provenLive: false,
  },
] as const satisfies readonly Slo[];

export type SloId = (typeof slos)[number]['id'];

/** What the gate asks of the run itself, beside the 30-day objectives: p95 and p99 of a submission, seconds. */
export const submissionGate = { p95Seconds: 0.5, p99Seconds: 1 } as const;
