// Fraud screening and what came of it, both ways: money lost to it, and honest buyers turned away by it.
import type { Metric } from './metric.ts';

export const fraudDecisions = ['accept', 'review', 'reject'] as const;

export type FraudDecision = (typeof fraudDecisions)[number];

export const fraudScreenings = {
  type: 'counter',
  name: 'fraud_screenings_total',
  unit: 'requests',
  help: 'Screenings by decision and by who made it; policy = the provider was away.',
  labels: { decision: fraudDecisions, source: ['provider', 'policy'] },
  zeroAtBoot: true,
} as const satisfies Metric;

export const fraudReviewsOpen = {
  type: 'gauge',
  name: 'fraud_reviews_open',
  unit: 'orders',
  help: 'Orders that wait for a person to look at them, counted from PostgreSQL.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const chargebackBudgetUsed = {
  type: 'gauge',
  name: 'chargeback_budget_used_ratio',
  unit: 'ratio',
  help: "This month's chargebacks as a share of the month's budget, from the ledger; of the currency that used most.",
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const chargebacksThisMonth = {
  type: 'gauge',
  name: 'chargebacks_this_month',
  unit: 'orders',
  help: 'Chargebacks booked in this calendar month (UTC) and not reversed.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const fraudFalsePositives = {
  type: 'gauge',
  name: 'fraud_false_positive_ratio',
  unit: 'ratio',
  help: 'Of the orders reviewed or refused in the last 30 days and judged since, the share that was legitimate.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;
