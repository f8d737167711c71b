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
  help: 'Unix time of the last reconciliation pass in which everything was done, the books of every provider read among it.',
  labels: {},
} as const satisfies Metric;

export const invariantsLastCounted = {
  type: 'gauge',
  name: 'invariants_last_counted_timestamp_seconds',
  unit: 'seconds',
  help: 'Unix time at which all invariants were last counted; a provider that does not answer keeps nobody from it.',
  labels: {},
} as const satisfies Metric;

/** Ways in which two books can disagree; what is done about each is in workers/discrepancies/classes.ts. */
export const discrepancyClasses = [
  'late_authorization',
  'authorized_without_stock',
  'voided_live_order',
  'conflicting_outcome',
  'illegal_event',
  'refund_refused',
  'webhook_unknown_reference',
  'stock_feed_shortfall',
  'paid_without_record',
  'orphan_charge',
  'duplicate_capture',
  'amount_mismatch',
  'currency_mismatch',
  'captured_not_settled',
  'settled_not_captured',
  'refund_missing',
  'refund_exceeds_capture',
  'chargeback_unlinked',
  'fee_off_schedule',
  'fx_variance',
  'batch_total_mismatch',
  'status_drift',
  'late_file',
  'duplicate_file',
  'duplicate_line',
  'unreadable_file',
] as const;

export const openDiscrepancies = {
  type: 'gauge',
  name: 'reconciliation_discrepancies',
  unit: 'violations',
  help: 'Discrepancies between two books that are open now, by class.',
  labels: { class: discrepancyClasses },
  zeroAtBoot: true,
} as const satisfies Metric;

export const discrepancyRatio = {
  type: 'gauge',
  name: 'reconciliation_discrepancy_ratio',
  unit: 'ratio',
  help: 'Discrepancies first seen within the last hour per record of a provider that came in within it.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;
