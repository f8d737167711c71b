// What costs money or trust without an error: slow answers at the peak, disputes, switches that stayed on, drifting stock.
import { chargebackBudgetUsed } from '../../core/telemetry/metrics/fraud.ts';
import { discrepancyRatio } from '../../core/telemetry/metrics/invariants.ts';
import {
  stockDriftRepaired,
  stockFeedAge,
  stockFeedStaleSeconds,
} from '../../core/telemetry/metrics/inventory.ts';
import { killSwitchActive, killSwitchCopyAge } from '../../core/telemetry/metrics/switches.ts';
import { increase, leMatcher, selector, sum } from '../../core/telemetry/promql.ts';
import { percent } from '../burn-rate.ts';
import { type LatencySli, slos } from '../slos.ts';
import { type CauseAlert, saidOf, type ShareLimit, tooMany, windowOf } from './cause.ts';

export const checkoutLatency = slos.find(({ id }) => id === 'checkout-latency')!.sli as LatencySli;

/** p99 over its target = more than one answer in a hundred slower than it. */
export const checkoutP99Limit: ShareLimit = { windowSeconds: 300, minBad: 20, minShare: 0.01 };

const answered = (of: Parameters<typeof selector>[2] = { suffix: '_count' }) =>
  sum(increase(selector(checkoutLatency.metric, checkoutLatency.total, of), windowOf(checkoutP99Limit)));

/** A quarter of the month's budget is left: disputes arrive for weeks after what caused them has ended. */
export const chargebackLimit = 0.75;

/** Twice as long as a switch stays on unless somebody says more. */
const switchLimitSeconds = 7_200;
/** Five times what a switch may take to every process. */
export const switchCopyLimitSeconds = 10;

/** One record in a hundred: singles are healed or settled by class; a run of them is an interface that changed. */
export const mismatchLimit = 0.01;

export const driftMemorySeconds = 3_600;

export const businessCauses: readonly CauseAlert[] = [
  {
    name: 'CheckoutP99AboveTarget',
    expr: tooMany(
      `(${answered()} - ${answered({ suffix: '_bucket', extra: [leMatcher(checkoutLatency.thresholdSeconds)] })})`,
      answered(),
      checkoutP99Limit,
    ),
    forSeconds: 0,
    rateWindowSeconds: checkoutP99Limit.windowSeconds,
    severity: 'ticket',
    team: 'checkout',
    dashboard: 'checkout',
    labels: { communication: 'plan' },
    slow: true,
    summary: `More than ${percent(checkoutP99Limit.minShare)} of the orders take longer than ${saidOf(checkoutLatency.thresholdSeconds)}.`,
    description:
      `The p99 of a submission has been above its target for ${saidOf(checkoutP99Limit.windowSeconds)}: {{ $value | humanize }} shoppers waited longer. ` +
      'The communication plan begins here, before an objective pages.',
  },
  {
    name: 'ChargebackBudget',
    expr: `max(${selector(chargebackBudgetUsed)}) >= ${chargebackLimit}`,
    forSeconds: 30,
    rateWindowSeconds: 0,
    severity: 'ticket',
    team: 'payments',
    dashboard: 'reconciliation',
    slow: true,
    summary: 'Chargebacks have used most of what this month allows.',
    description: '{{ $value | humanizePercentage }} of the month’s chargeback budget is gone.',
  },
  {
    name: 'ReconciliationMismatch',
    expr: `max(${selector(discrepancyRatio)}) > ${mismatchLimit}`,
    forSeconds: 60,
    rateWindowSeconds: 0,
    severity: 'ticket',
    team: 'payments',
    dashboard: 'reconciliation',
    slow: true,
    summary: 'Our books and a provider’s disagree unusually often.',
    description:
      'Of the records that came in within an hour {{ $value | humanizePercentage }} did not match ours. One that stays open past its limit pages as DiscrepancyOverdue.',
  },
  {
    name: 'KillSwitchLeftOn',
    expr: `max by (dimension) (${selector(killSwitchActive)}) > 0`,
    forSeconds: switchLimitSeconds,
    rateWindowSeconds: 0,
    severity: 'ticket',
    team: 'platform',
    dashboard: 'gameDay',
    slow: true,
    summary: `A kill switch has been on for ${saidOf(switchLimitSeconds)}.`,
    description: `{{ $value | humanize }} switches of {{ $labels.dimension }} are on, and one of that kind has been for ${saidOf(switchLimitSeconds)}: somebody is losing sales that the shop could take.`,
  },
  {
    name: 'SwitchCopyStale',
    expr: `max by (job) (${selector(killSwitchCopyAge)}) > ${switchCopyLimitSeconds}`,
    forSeconds: 30,
    rateWindowSeconds: 0,
    severity: 'ticket',
    team: 'platform',
    dashboard: 'gameDay',
    slow: true,
    summary: 'A process does not hear of kill switches.',
    description:
      'A process of {{ $labels.job }} last read the switches {{ $value | humanizeDuration }} ago. What was on stays on there until its end; a switch that is thrown now is not known to it.',
  },
  {
    name: 'StockDrift',
    expr: `${sum(increase(selector(stockDriftRepaired), `${driftMemorySeconds}s`), ['column'])} > 0`,
    forSeconds: 0,
    rateWindowSeconds: driftMemorySeconds,
    severity: 'ticket',
    team: 'orders',
    dashboard: 'inventory',
    slow: true,
    summary: 'Stock did not add up and was put right.',
    description:
      '{{ $labels.column }} differed from what its reservations and transfers add up to, and was repaired, in the last hour. Nobody was sold what is not there; each is a bug to be found.',
  },
  {
    name: 'StockFeedStale',
    expr: `max(${selector(stockFeedAge)}) > ${stockFeedStaleSeconds}`,
    forSeconds: 60,
    rateWindowSeconds: 0,
    severity: 'ticket',
    team: 'orders',
    dashboard: 'inventory',
    slow: true,
    summary: 'A warehouse has stopped counting.',
    description:
      'The last count of one location is {{ $value | humanizeDuration }} old. What moved there since and was not told to us is sold all the same, or not sold at all.',
  },
];
