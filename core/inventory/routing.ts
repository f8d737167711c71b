// Which location an order is served from. A rule is an order of preference over the locations, made here without I/O; the
// statement that takes the stock knows under its lock who can serve what, and follows it.
//
//   closest        same country, same zone, elsewhere
//   fewest_splits  whoever can serve most of the order's articles, then the closest. One parcel wherever one location has
//                  everything; else the widest first, which is not always the least number of parcels there could be
//   lowest_cost    the cheapest to handle, then the closest
export const routingRules = ['closest', 'fewest_splits', 'lowest_cost'] as const;
export type RoutingRule = (typeof routingRules)[number];

export interface Location {
  readonly id: string;
  readonly country: string;
  readonly zone: string;
  readonly handling_cost_minor: number;
}

export interface Geography {
  readonly locations: readonly Location[];
  readonly zoneOf: ReadonlyMap<string, string>;
}

function distance(location: Location, country: string, zone: string | undefined): number {
  if (location.country === country) return 0;
  return location.zone === zone ? 1 : 2;
}

/** Ids in order of preference for a buyer in `country`. Equals keep the order of their ids, so that it is always the same. */
export function preference({ locations, zoneOf }: Geography, rule: RoutingRule, country: string): string[] {
  const zone = zoneOf.get(country);
  const away = (location: Location) => distance(location, country, zone);
  const cost = (location: Location) => (rule === 'lowest_cost' ? location.handling_cost_minor : 0);
  return [...locations]
    .sort((a, b) => cost(a) - cost(b) || away(a) - away(b) || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}
