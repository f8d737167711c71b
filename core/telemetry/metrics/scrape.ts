// What Prometheus and Alertmanager say of what they scrape, count and tell. No service emits it.
import type { Metric } from './metric.ts';

export const targetUp = {
  type: 'gauge',
  name: 'up',
  unit: 'state',
  help: '1 where the last scrape of a target got an answer, 0 where it did not.',
  labels: {},
} as const satisfies Metric;

export const rulesFailed = {
  type: 'counter',
  name: 'prometheus_rule_evaluation_failures_total',
  unit: 'events',
  help: 'Rules that Prometheus could not evaluate.',
  labels: {},
} as const satisfies Metric;

export const roundsMissed = {
  type: 'counter',
  name: 'prometheus_rule_group_iterations_missed_total',
  unit: 'events',
  help: 'Rounds of a group of rules that were left out because the one before was not over.',
  labels: {},
} as const satisfies Metric;

export const alertsNotHandedOver = {
  type: 'counter',
  name: 'prometheus_notifications_errors_total',
  unit: 'events',
  help: 'Alerts that Prometheus could not hand to an Alertmanager.',
  labels: {},
} as const satisfies Metric;

export const notificationsFailed = {
  type: 'counter',
  name: 'alertmanager_notifications_failed_total',
  unit: 'events',
  help: 'Notifications that Alertmanager could not deliver to a receiver.',
  labels: {},
} as const satisfies Metric;

export const scrapeMetrics = [
  targetUp,
  rulesFailed,
  roundsMissed,
  alertsNotHandedOver,
  notificationsFailed,
] as const satisfies readonly Metric[];
