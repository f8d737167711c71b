// Where a submission comes from, as a label: the cart's market, of a closed list, because a market is any two letters.
import type { Metric } from './metric.ts';

/** Markets that have a row of their own in the routing of payments; the long tail behind them counts as one. */
const namedRegions = ['GB', 'IE', 'DE', 'FR', 'NL', 'US'] as const;

/** `other` also holds what was answered before its cart was read: a submission that is shed or malformed has no market. */
export const regions = [...namedRegions, 'other'] as const satisfies Metric['labels'][string];

type Region = (typeof regions)[number];

const named: ReadonlySet<string> = new Set(namedRegions);

export const regionOf = (market: string | null): Region =>
  market !== null && named.has(market) ? (market as Region) : 'other';
