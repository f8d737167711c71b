// Alerts about alerts: what is not evaluated or not delivered says nothing, and silence looks like a healthy shop. What is
// wholly broken only the Watchdog's receiver can tell; these tell of what is broken in part.
import {
  alertsNotHandedOver,
  notificationsFailed,
  roundsMissed,
  rulesFailed,
} from '../../core/telemetry/metrics/scrape.ts';
import type { Metric } from '../../core/telemetry/metrics/metric.ts';
import { increase, selector, sum } from '../../core/telemetry/promql.ts';
import { type CauseAlert, saidOf } from './cause.ts';

/** Long enough to be read by who is woken, and to outlast a group of rules that runs once a minute. */
export const monitoringMemorySeconds = 300;
const during = `within ${saidOf(monitoringMemorySeconds)}`;

const anyOf = (metric: Metric) =>
  `${sum(increase(selector(metric), `${monitoringMemorySeconds}s`), ['instance'])} > 0`;

const about = {
  forSeconds: 0,
  rateWindowSeconds: monitoringMemorySeconds,
  team: 'platform',
  dashboard: 'verdict',
  slow: true,
} as const;

export const monitoringCauses: readonly CauseAlert[] = [
  {
    ...about,
    name: 'RulesFailing',
    expr: anyOf(rulesFailed),
    severity: 'page',
    summary: 'An alert cannot be evaluated.',
    description: `{{ $labels.instance }} could not evaluate a rule ${during}. What that rule watches may be broken, and nobody would be told.`,
  },
  {
    ...about,
    name: 'RulesLate',
    expr: anyOf(roundsMissed),
    severity: 'ticket',
    summary: 'Alerts come later than their detection time says.',
    description: `{{ $labels.instance }} left out a round of a group of rules ${during}, because the one before was not over.`,
  },
  {
    ...about,
    name: 'AlertsNotHandedOver',
    expr: anyOf(alertsNotHandedOver),
    severity: 'page',
    summary: 'Prometheus could not hand an alert to Alertmanager.',
    description: `{{ $labels.instance }} could not hand over an alert ${during}. It tries again with the next round; until then nobody is told.`,
  },
  {
    ...about,
    name: 'NotificationsFailing',
    expr: anyOf(notificationsFailed),
    severity: 'page',
    summary: 'A receiver cannot be told.',
    description: `{{ $labels.instance }} could not deliver a notification ${during}. Who should have heard of an alert may not have.`,
  },
];
