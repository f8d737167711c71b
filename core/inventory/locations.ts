// Locations and where they are, as each process knows them: a merchant opens one a month, an order wants them every time.
import type { Database } from '../db/client.ts';
import { type Geography, type Location, preference, type RoutingRule } from './routing.ts';

const freshMs = 30_000;
const nowhere: Geography = { locations: [], zoneOf: new Map() };

export interface Routing {
  readonly rule: RoutingRule;
  /** Whether an article may come from several locations when none has enough of it. */
  readonly split: boolean;
  /** Location ids in order of preference. One that is not among them serves when no other can. */
  towards(country: string): Promise<readonly string[]>;
}

export interface RoutingOptions {
  readonly rule: RoutingRule;
  readonly split: boolean;
}

export function createRouting(db: Database, { rule, split }: RoutingOptions): Routing {
  let known = nowhere;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;

  const refresh = async () => {
    try {
      known = await readGeography(db);
      readAt = performance.now();
    } finally {
      reading = null;
    }
  };
  return {
    rule,
    split,
    async towards(country) {
      if (performance.now() - readAt > freshMs) {
        reading ??= refresh();
        // The first order waits. Later ones go on with what was known: a location that is new may wait, a buyer not.
        if (known === nowhere) await reading;
        else reading.catch(() => undefined);
      }
      return preference(known, rule, country);
    },
  };
}

async function readGeography(db: Database): Promise<Geography> {
  const [row] = await db.query(
    'read locations',
    (sql) => sql<{ locations: Location[]; zones: Record<string, string> }[]>`
      select
        coalesce((select json_agg(l) from orders.locations l), '[]'::json) as locations,
        coalesce((select json_object_agg(country, zone) from orders.country_zones), '{}'::json) as zones`,
  );
  return { locations: row!.locations, zoneOf: new Map(Object.entries(row!.zones)) };
}
