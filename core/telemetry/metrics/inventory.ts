// Reservations of stock, and how well stock is known.
import type { Metric } from './metric.ts';

export const reservations = {
  type: 'counter',
  name: 'inventory_reservations_total',
  unit: 'requests',
  help: 'Hard reservation requests by result.',
  labels: { result: ['reserved', 'sold_out', 'voided', 'expired'] },
  zeroAtBoot: true,
} as const satisfies Metric;

export const cartHolds = {
  type: 'counter',
  name: 'inventory_cart_holds_total',
  unit: 'requests',
  help: 'Holds asked for at add-to-cart by result; unanswered means that the line was added without asking further.',
  labels: { result: ['held', 'short', 'not_held', 'unanswered'] },
  zeroAtBoot: true,
} as const satisfies Metric;

export const stockDriftRepaired = {
  type: 'counter',
  name: 'inventory_drift_repaired_total',
  unit: 'events',
  help: 'Stock rows whose materialised sums were put right; each is a bug to be found.',
  labels: { column: ['reserved', 'in_transit_out', 'in_transit_in'] },
  zeroAtBoot: true,
} as const satisfies Metric;

/** Default of STOCK_FEED_STALE_AFTER_MS, and where the alert speaks: a warehouse counts every five minutes. */
export const stockFeedStaleSeconds = 900;

export const stockFeedAge = {
  type: 'gauge',
  name: 'inventory_feed_age_seconds',
  unit: 'seconds',
  help: 'Age of the last count of the location that was not heard of for longest; 0 where no location sends counts.',
  labels: {},
} as const satisfies Metric;
