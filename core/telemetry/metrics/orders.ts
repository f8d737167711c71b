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

/** What the fulfilment and compensation passes still have to do, as they find it. */
export const fulfilmentWaiting = {
  type: 'gauge',
  name: 'fulfilment_waiting_orders',
  unit: 'orders',
  help: 'Orders due for a step of fulfilment or compensation that has not been made.',
  labels: { step: ['capture', 'pack', 'hand_over', 'undo', 'parked_event'] },
  zeroAtBoot: true,
} as const satisfies Metric;

export const fulfilmentOpenParcels = {
  type: 'gauge',
  name: 'fulfilment_open_parcels',
  unit: 'orders',
  help: 'Parcels made and not handed over; at the cap nothing more is captured.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;
