// Every metric of Headroom's shop, declared once: prom-client objects, PromQL, panels, SLOs, k6 thresholds and
// game-day expectations import it. Data only, because k6 loads this file too.

export const serviceNames = ['checkout', 'orders', 'workers'] as const;
type Service = (typeof serviceNames)[number];

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** Shape of one metric. `labels` lists every allowed value, so that the series count is computable. */
export interface Metric {
  readonly type: MetricType;
  readonly name: string;
  readonly unit: 'seconds' | 'requests' | 'orders' | 'jobs' | 'events' | 'state' | 'violations' | 'info';
  readonly help: string;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Upper bounds in the metric's unit; histograms only. */
  readonly buckets?: readonly number[];
  /** Set every label combination to 0 at boot: a series born at 1 hides its first event from increase(). */
  readonly zeroAtBoot?: boolean;
  /** The same for a metric with too many combinations: by service, only these values of these labels. */
  readonly zeroAtBootOf?: Readonly<Partial<Record<Service, Metric['labels']>>>;
  readonly exemplars?: boolean;
}

export const providers = ['psp-primary', 'psp-backup'] as const;
export type Provider = (typeof providers)[number];
export const submissionOutcomes = [
  'placed',
  'confirming',
  'declined',
  'sold_out',
  'invalid',
  'conflict',
  'overloaded',
  'payment_unavailable',
  'error',
] as const;
export type SubmissionOutcome = (typeof submissionOutcomes)[number];
/** Outcomes that are our failure; declines, sold out, invalid input and replays are not. */
export const submissionFailures = ['overloaded', 'payment_unavailable', 'error'] as const;

// Routes by template, never by path: an id in a label is an unbounded series.
export const cartRoutes = [
  '/v1/carts',
  '/v1/carts/:id',
  '/v1/carts/:id/lines',
  '/v1/carts/:id/address',
  '/v1/carts/:id/rates',
] as const;
export const quoteRoutes = ['/v1/carts/:id/quote'] as const;
export const atpRoutes = ['/v1/atp/:sku'] as const;
const orderRoutes = ['/v1/orders', '/v1/orders/:id'] as const;
const catalogRoutes = ['/v1/catalog', '/v1/catalog/:sku'] as const;
const internalRoutes = [
  '/internal/v1/orders',
  '/internal/v1/orders/:id',
  '/internal/v1/orders/:id/attempts',
  '/internal/v1/orders/:id/events',
] as const;
export const routes = [
  ...cartRoutes,
  ...quoteRoutes,
  ...atpRoutes,
  ...orderRoutes,
  ...catalogRoutes,
  ...internalRoutes,
  'other',
] as const;

// Semantic-convention buckets of http.server.request.duration plus 0.3, because the cart SLO is 300 ms
// and a threshold that is not a bucket cannot be measured.
const httpBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5, 10] as const;

export const httpServerRequestDuration = {
  type: 'histogram',
  name: 'http_server_request_duration_seconds',
  unit: 'seconds',
  help: 'Server side duration of HTTP requests, from headers read to answer sent.',
  labels: { service: serviceNames, http_route: routes, status_class: ['2xx', '3xx', '4xx', '5xx'] },
  buckets: httpBuckets,
  // The routes an objective counts; a test holds them against the objectives.
  zeroAtBootOf: {
    checkout: { service: ['checkout'], http_route: [...cartRoutes, ...quoteRoutes] },
    orders: { service: ['orders'], http_route: atpRoutes },
  },
  exemplars: true,
} as const satisfies Metric;

export const checkoutSubmissions = {
  type: 'counter',
  name: 'checkout_submissions_total',
  unit: 'requests',
  help: 'Order submissions (POST /v1/orders) by what the shopper was told.',
  labels: { outcome: submissionOutcomes },
  zeroAtBoot: true,
} as const satisfies Metric;

export const checkoutSubmissionDuration = {
  type: 'histogram',
  name: 'checkout_submission_duration_seconds',
  unit: 'seconds',
  help: 'Order submission, from request accepted to answer sent.',
  labels: { outcome: submissionOutcomes },
  buckets: [0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10],
  zeroAtBoot: true,
  exemplars: true,
} as const satisfies Metric;

/** Names of the checkout steps; core/checkout/steps.ts gives them their order and meaning. */
export const stepNames = ['validate', 'price', 'tax', 'rates', 'place', 'authorize', 'confirm'] as const;

export const checkoutStepDuration = {
  type: 'histogram',
  name: 'checkout_step_duration_seconds',
  unit: 'seconds',
  help: 'One step of the checkout sequence.',
  labels: { step: stepNames },
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5],
} as const satisfies Metric;

const paymentAttemptOutcomes = ['approved', 'declined', 'unknown', 'not_executed'] as const;
export type PaymentAttemptOutcome = (typeof paymentAttemptOutcomes)[number];

export const paymentAttempts = {
  type: 'counter',
  name: 'payment_attempts_total',
  unit: 'requests',
  help: 'Authorisation attempts by provider and outcome; unknown = sent, no answer; not_executed = proven not executed.',
  labels: { provider: providers, outcome: paymentAttemptOutcomes },
  zeroAtBoot: true,
} as const satisfies Metric;

export const paymentAuthorizationDuration = {
  type: 'histogram',
  name: 'payment_authorization_duration_seconds',
  unit: 'seconds',
  help: 'Authorisation call, from send to answer or to our giving up.',
  labels: { provider: providers },
  buckets: [0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5],
  zeroAtBoot: true,
  exemplars: true,
} as const satisfies Metric;

export const paymentTimeouts = {
  type: 'counter',
  name: 'payment_provider_timeouts_total',
  unit: 'requests',
  help: 'Provider calls that got no answer within their deadline.',
  labels: { provider: providers, operation: ['authorize', 'query', 'void'] },
  zeroAtBoot: true,
} as const satisfies Metric;

export const paymentBreakerOpen = {
  type: 'gauge',
  name: 'payment_breaker_open',
  unit: 'state',
  help: '1 while the circuit breaker of this provider is open or half-open in this process.',
  labels: { provider: providers },
  zeroAtBoot: true,
} as const satisfies Metric;

export const paymentRetries = {
  type: 'counter',
  name: 'payment_retries_total',
  unit: 'requests',
  help: 'Provider calls repeated with the same key within the retry budget.',
  labels: { provider: providers },
  zeroAtBoot: true,
} as const satisfies Metric;

export const unknownPayments = {
  type: 'gauge',
  name: 'payment_unknown_attempts',
  unit: 'orders',
  help: 'Payment attempts whose outcome is unknown, counted from PostgreSQL by reconciliation.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const unknownPaymentAge = {
  type: 'gauge',
  name: 'payment_unknown_oldest_age_seconds',
  unit: 'seconds',
  help: 'Age of the oldest unknown payment attempt; 0 when there is none.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const orderConfirmationDuration = {
  type: 'histogram',
  name: 'order_confirmation_duration_seconds',
  unit: 'seconds',
  help: 'From payment approved at the provider to the order stored as authorised.',
  labels: {},
  buckets: [0.05, 0.1, 0.5, 1, 2.5, 5, 15, 60, 300],
  zeroAtBoot: true,
} as const satisfies Metric;

export const orderStates = [
  'cart',
  'pending_payment',
  'authorized',
  'captured',
  'partially_fulfilled',
  'fulfilled',
  'partially_refunded',
  'refunded',
  'cancelled',
  'disputed',
  'chargeback',
  'returned',
] as const;

export const orderTransitions = {
  type: 'counter',
  name: 'order_transitions_total',
  unit: 'orders',
  help: 'Order state transitions by the state entered.',
  labels: { to: orderStates },
  zeroAtBoot: true,
} as const satisfies Metric;

export const reservations = {
  type: 'counter',
  name: 'inventory_reservations_total',
  unit: 'requests',
  help: 'Hard reservation requests by result.',
  labels: { result: ['reserved', 'sold_out', 'voided', 'expired'] },
  zeroAtBoot: true,
} as const satisfies Metric;

export const pipelineEventAge = {
  type: 'histogram',
  name: 'pipeline_event_age_seconds',
  unit: 'seconds',
  help: 'From an order event committed to its last consumer having handled it.',
  labels: {},
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300],
  zeroAtBoot: true,
} as const satisfies Metric;

export const notificationDelay = {
  type: 'histogram',
  name: 'notification_delay_seconds',
  unit: 'seconds',
  help: 'From an order authorised to its confirmation accepted by SMTP.',
  labels: {},
  buckets: [0.5, 1, 2.5, 5, 15, 30, 60, 120, 300],
  zeroAtBoot: true,
} as const satisfies Metric;

export const outboxPending = {
  type: 'gauge',
  name: 'outbox_pending_events',
  unit: 'events',
  help: 'Outbox rows not yet published.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const outboxOldestAge = {
  type: 'gauge',
  name: 'outbox_oldest_age_seconds',
  unit: 'seconds',
  help: 'Age of the oldest unpublished outbox row; 0 when there is none.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const queueNames = ['notifications', 'order-events'] as const;

export const queueJobs = {
  type: 'gauge',
  name: 'queue_jobs',
  unit: 'jobs',
  help: 'Jobs in a BullMQ queue by state.',
  labels: { queue: queueNames, state: ['waiting', 'active', 'delayed', 'failed'] },
  zeroAtBoot: true,
} as const satisfies Metric;

export const queueWait = {
  type: 'histogram',
  name: 'queue_wait_seconds',
  unit: 'seconds',
  help: 'From job added to job started.',
  labels: { queue: queueNames },
  buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
} as const satisfies Metric;

export const dbPoolWait = {
  type: 'histogram',
  name: 'db_client_connection_wait_time_seconds',
  unit: 'seconds',
  help: 'Time to obtain a PostgreSQL connection for a transaction.',
  labels: { service: serviceNames },
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
} as const satisfies Metric;

/** Invariants without a budget. Gauges computed from PostgreSQL by reconciliation, never in-process counts. */
export const invariants = [
  'double_charge',
  'oversell',
  'lost_order',
  'captured_without_order',
  'unknown_payment_overdue',
  'discrepancy_overdue',
  'dead_letter',
] as const;
export type Invariant = (typeof invariants)[number];

export const invariantViolations = {
  type: 'gauge',
  name: 'invariant_violations',
  unit: 'violations',
  help: 'Rows that break an invariant now, counted by reconciliation with SQL.',
  labels: { invariant: invariants },
  zeroAtBoot: true,
} as const satisfies Metric;

export const reconciliationLastSuccess = {
  type: 'gauge',
  name: 'reconciliation_last_success_timestamp_seconds',
  unit: 'seconds',
  help: 'Unix time of the last complete reconciliation pass.',
  labels: {},
} as const satisfies Metric;

export const buildInfo = {
  type: 'gauge',
  name: 'app_build_info',
  unit: 'info',
  help: 'Always 1; the service that runs.',
  labels: { service: serviceNames },
} as const satisfies Metric;

/** The explicit list: adding a metric is adding it here. */
export const metrics = [
  httpServerRequestDuration,
  checkoutSubmissions,
  checkoutSubmissionDuration,
  checkoutStepDuration,
  paymentAttempts,
  paymentAuthorizationDuration,
  paymentTimeouts,
  paymentBreakerOpen,
  paymentRetries,
  unknownPayments,
  unknownPaymentAge,
  orderConfirmationDuration,
  orderTransitions,
  reservations,
  pipelineEventAge,
  notificationDelay,
  outboxPending,
  outboxOldestAge,
  queueJobs,
  queueWait,
  dbPoolWait,
  invariantViolations,
  reconciliationLastSuccess,
  buildInfo,
] as const satisfies readonly Metric[];

/** Labels of metric `M`, each restricted to its declared values. */
export type LabelsOf<M extends Metric> = { [K in keyof M['labels']]: M['labels'][K][number] };

/** Series of one metric under full label use: product of label values × (buckets + Inf + sum + count). */
export function seriesCount(metric: Metric): number {
  const combinations = Object.values(metric.labels).reduce((product, values) => product * values.length, 1);
  return metric.type === 'histogram' ? combinations * ((metric.buckets?.length ?? 0) + 3) : combinations;
}
