// Authorisations: attempts, their outcomes and what is not known yet.
import { paymentMethods } from '../../payment/methods.ts';
import type { Metric } from './metric.ts';

export const providers = ['psp-primary', 'psp-backup'] as const;

export type Provider = (typeof providers)[number];

const paymentAttemptOutcomes = [
  'approved',
  'declined',
  'unknown',
  'not_executed',
  // The provider answered that its buyer has to agree first.
  'action_required',
] as const;

export type PaymentAttemptOutcome = (typeof paymentAttemptOutcomes)[number];

export const paymentAttempts = {
  type: 'counter',
  name: 'payment_attempts_total',
  unit: 'requests',
  help: 'Authorisation attempts by provider, method and outcome; unknown = sent, no answer; not_executed = proven not executed.',
  labels: { provider: providers, method: paymentMethods, outcome: paymentAttemptOutcomes },
  zeroAtBoot: true,
} as const satisfies Metric;

const declineReasons = [
  'insufficient_funds',
  'do_not_honour',
  'expired',
  'lost_or_stolen',
  'limit_exceeded',
  'wrong_token',
  /** The buyer did not agree at the provider's page. */
  'declined_by_buyer',
  /** The provider took no look at it: 4xx, which is our request or its rules, and no issuer. */
  'refused_by_provider',
  /** Everything that a provider's code says and that is not named here. */
  'other',
] as const;

export type DeclineReason = (typeof declineReasons)[number];

export const paymentDeclines = {
  type: 'counter',
  name: 'payment_declines_total',
  unit: 'requests',
  help: 'Declined authorisations by provider and reason; together they are the attempts of outcome declined.',
  labels: { provider: providers, reason: declineReasons },
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
  labels: { provider: providers, operation: ['authorize', 'query', 'void', 'capture', 'refund'] },
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

export const paymentOperations = {
  type: 'counter',
  name: 'payment_operations_total',
  unit: 'requests',
  help: 'Captures and refunds asked of a provider by outcome; unknown = may have moved money, not_executed = proven not to have.',
  labels: {
    provider: providers,
    operation: ['capture', 'refund'],
    outcome: ['done', 'refused', 'not_executed', 'unknown'],
  },
  zeroAtBoot: true,
} as const satisfies Metric;

export const webhookResults = [
  /** It changed something. */
  'applied',
  /** Handled before, or told by somebody else before. */
  'known',
  /** Overtaken, or not possible now: on record. */
  'illegal',
  'unknown_reference',
  /** Of a kind we have no use for. */
  'ignored',
  /** Signed right and not readable. */
  'unreadable',
  'bad_signature',
  /** Our fault; the provider tries again. */
  'failed',
] as const;

export const paymentWebhooks = {
  type: 'counter',
  name: 'payment_webhooks_total',
  unit: 'requests',
  help: 'Webhooks of a provider by what came of them; failed and unreadable are tried again by the provider.',
  labels: { provider: providers, result: webhookResults },
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
