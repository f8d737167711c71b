// What is kept no longer than it is needed for.
import type { Metric } from './metric.ts';

export const prunedTables = [
  'outbox',
  'webhook_inbox',
  'parked_events',
  'cart_holds',
  'idempotency_keys',
] as const;
export type PrunedTable = (typeof prunedTables)[number];

export const rowsPruned = {
  type: 'counter',
  name: 'retention_pruned_rows_total',
  unit: 'events',
  help: 'Rows removed because their time was over; an event of the outbox counts once, with what its consumers noted of it.',
  labels: { table: prunedTables },
  zeroAtBoot: true,
} as const satisfies Metric;

export const oldestRowAge = {
  type: 'gauge',
  name: 'retention_oldest_row_age_seconds',
  unit: 'seconds',
  help: 'Since when the oldest row that is left could be waiting to be removed; above its retention, something keeps it.',
  labels: { table: prunedTables },
  zeroAtBoot: true,
} as const satisfies Metric;
