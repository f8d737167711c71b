// What may never be so, counted from PostgreSQL.
import type { Metric } from './metric.ts';

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
