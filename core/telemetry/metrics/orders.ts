// The order and the states it enters.
import type { Metric } from './metric.ts';

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
