// Shoppers who do not reach us leave no error: only fewer orders than there always are at this hour.
import { checkoutSubmissions } from '../../core/telemetry/metrics/checkout.ts';
import { increase, selector, sum } from '../../core/telemetry/promql.ts';
import { percent } from '../burn-rate.ts';
import { type CauseAlert, saidOf } from './cause.ts';

/**
 * Against two weeks, because one of them may have held a sale. Of fifty orders that were to be expected ten or fewer come by chance
 * once in 10¹², so it is never luck; a holiday is known beforehand, and silenced.
 */
export const ordersLimit = { windowSeconds: 900, minShare: 0.2, minOrders: 50 } as const;

const placed = selector(checkoutSubmissions, { outcome: ['placed', 'confirming'] });
const within = `${ordersLimit.windowSeconds}s`;
const now = sum(increase(placed, within));
const ago = (weeks: 1 | 2) => sum(`${increase(placed, within).slice(0, -1)} offset ${weeks}w)`);

export const shopperCauses: readonly CauseAlert[] = [
  {
    name: 'OrdersFarBelowLastWeek',
    expr: [
      `${now} < ${ordersLimit.minShare} * ${ago(1)}`,
      `and ${now} < ${ordersLimit.minShare} * ${ago(2)}`,
      `and ${ago(1)} >= ${ordersLimit.minOrders}`,
    ].join('\n'),
    // A restart of everything is over by then.
    forSeconds: 300,
    rateWindowSeconds: ordersLimit.windowSeconds,
    severity: 'page',
    team: 'checkout',
    dashboard: 'verdict',
    slow: true,
    summary: 'Far fewer orders than a week ago at this time.',
    description: `{{ $value | humanize }} orders in ${saidOf(ordersLimit.windowSeconds)}: less than ${percent(ordersLimit.minShare)} of what there were a week ago, and two weeks ago. If nothing else speaks, shoppers do not reach the shop.`,
  },
];
