// Reservations of stock.
import type { Metric } from './metric.ts';

export const reservations = {
  type: 'counter',
  name: 'inventory_reservations_total',
  unit: 'requests',
  help: 'Hard reservation requests by result.',
  labels: { result: ['reserved', 'sold_out', 'voided', 'expired'] },
  zeroAtBoot: true,
} as const satisfies Metric;
