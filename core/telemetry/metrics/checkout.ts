// Submissions and the steps of the checkout sequence.
import type { Metric } from './metric.ts';
import { regions } from './region.ts';

export const submissionOutcomes = [
  'placed',
  'confirming',
  'action_required',
  'declined',
  'sold_out',
  'invalid',
  'conflict',
  // A kill switch stopped it: our decision, taken to keep the rest alive, and no failure. The switch has its own counter.
  'switched_off',
  'overloaded',
  'payment_unavailable',
  'error',
] as const;

export type SubmissionOutcome = (typeof submissionOutcomes)[number];

/** Outcomes that are our failure; declines, sold out, invalid input and replays are not. */
export const submissionFailures = ['overloaded', 'payment_unavailable', 'error'] as const;

export const checkoutSubmissions = {
  type: 'counter',
  name: 'checkout_submissions_total',
  unit: 'requests',
  help: 'Order submissions (POST /v1/orders) by what the shopper was told, and the market of the cart.',
  labels: { outcome: submissionOutcomes, region: regions },
  zeroAtBoot: true,
} as const satisfies Metric;

export const paymentSubmissions = {
  type: 'counter',
  name: 'payment_submissions_total',
  unit: 'requests',
  help: 'Payments of orders that wait for one (POST /v1/payments) by what the shopper was told.',
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
export const stepNames = [
  'validate',
  'price',
  'tax',
  'rates',
  'screen',
  'place',
  'authorize',
  'confirm',
] as const;

export const checkoutStepDuration = {
  type: 'histogram',
  name: 'checkout_step_duration_seconds',
  unit: 'seconds',
  help: 'One step of the checkout sequence.',
  labels: { step: stepNames },
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5],
} as const satisfies Metric;
