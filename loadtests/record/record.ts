// A recording becomes a profile: measured where the source can tell, assumed (and said so) where it cannot.
import { basename } from 'node:path';
import { loadProfile, profileHash, renderProfile } from '../load-profile.ts';
import { type Profile, type Provenance, profileVersion } from '../profile.ts';
import { UsageError } from '../usage-error.ts';
import { add, type Baskets, recordBaskets, shares } from './baskets.ts';
import { binMinutes, recordDay, round } from './day-shape.ts';
import { linesMap } from './lines-csv.ts';
import { ordersMap, type RecordedOrders, readOrdersCsv } from './orders-csv.ts';
import { writeWhole } from './write-whole.ts';

export interface RecordOptions {
  readonly from: string;
  readonly file: string;
  /** `field=Column` pairs: id, time and country; quantity and price where there are any. */
  readonly map: string | readonly string[];
  readonly timeFormat?: string | undefined;
  /** `auto` (the busiest) or an ISO date. */
  readonly day?: string | undefined;
  readonly lines?: string | undefined;
  readonly linesMap?: string | readonly string[] | undefined;
  /** Nothing is written without it. */
  readonly out?: string | undefined;
  readonly name?: string | undefined;
  readonly source?: Profile['source'] | undefined;
}

// A CSV of orders knows no funnel and no think times. Each assumption is named with its reason in the profile itself.
const assumed = {
  funnel: { carts: 98, checkouts: 45, orders: 27 },
  thinkTimeSeconds: { median: 0.6, max: 3 },
  declineShare: 0.03,
  doubleSubmitShare: 0.02,
} as const;
const assumedBecause: Readonly<Record<keyof typeof assumed, string>> = {
  funnel:
    'carts and orders per 1,000 sessions from Barilliance, Black Friday 2017 (conversion 2.7 %, abandonment 72.5 %); 45 checkouts started is ours',
  thinkTimeSeconds:
    'far below a person’s: a waiting session costs the generator memory and the shop nothing; arrivals are what is kept',
  declineShare: 'a few issuer declines in a hundred, so that the path is walked',
  doubleSubmitShare: 'some shoppers press twice; often enough that one drill sees dozens',
};

export async function recordProfile(options: RecordOptions): Promise<Profile> {
  if (options.from !== 'orders-csv')
    throw new UsageError(`--from ${options.from}: known sources are orders-csv`);
  if (options.day !== undefined && options.day !== 'auto' && !/^\d{4}-\d{2}-\d{2}$/.test(options.day)) {
    throw new UsageError(`--day ${options.day}: write auto or YYYY-MM-DD`);
  }
  const recorded = await readOrdersCsv(options.file, ordersMap(options.map), options.timeFormat);
  const baskets =
    options.lines === undefined
      ? await borrowedBaskets()
      : await recordBaskets(options.lines, linesMap(options.linesMap ?? []));
  const profile = assemble(options, recorded, baskets);
  if (options.out !== undefined) await writeWhole(options.out, renderProfile(profile));
  return profile;
}

function assemble(options: RecordOptions, recorded: RecordedOrders, baskets: Baskets): Profile {
  const { orders, cancellations } = recorded;
  const countries = new Map<string, number>();
  for (const { country } of orders) if (country !== null) add(countries, country);
  if (countries.size === 0) throw new UsageError(`${options.file}: no row names a country`);
  const body = {
    version: profileVersion,
    name: options.name ?? basename(options.file).replace(/\.csv(\.gz)?$/, ''),
    source: options.source ?? {
      title: basename(options.file),
      doi: '',
      license: 'not stated',
      attribution: '',
    },
    ...recordDay(orders, options.day ?? 'auto'),
    markets: shares(countries)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .map(([country, share]) => ({ country, share })),
    ...baskets,
    cancellationShare: round(cancellations / (orders.length + cancellations)),
    ...assumed,
    provenance: provenance(options, recorded),
  };
  return { ...body, hash: profileHash(body) };
}

function provenance(
  options: RecordOptions,
  { orders, unpriced }: RecordedOrders,
): Record<string, Provenance> {
  const recorded = (note: string): Provenance => ({ kind: 'recorded', note });
  const file = basename(options.file);
  const lines = options.lines === undefined ? null : basename(options.lines);
  const basket: Provenance =
    lines === null
      ? { kind: 'assumed', note: 'no lines file was given: taken from the default profile' }
      : recorded(`sold lines of ${lines}; fees, cancellations and lines without a price left out`);
  const unpricedNote = `${unpriced} of the file’s ${orders.length} orders carry no price or quantity (stock corrections) and are counted as the source counts them`;
  return {
    day: recorded(
      options.day === undefined || options.day === 'auto'
        ? `the busiest day of ${file} by orders, cancellations apart`
        : 'the day that was asked for',
    ),
    orders: recorded(`rows of that day, cancellations apart; ${unpricedNote}`),
    shape: recorded(`orders per ${binMinutes} minutes, smoothed 1:2:1, local time`),
    recordedPeakOrdersPerMinute: recorded('the busiest bin, not smoothed'),
    markets: recorded(`the whole of ${file}; a single day is too few`),
    basketLines: basket,
    lineQuantity: basket,
    items: basket,
    cancellationShare: recorded(`the whole of ${file}`),
    ...Object.fromEntries(
      Object.entries(assumedBecause).map(([field, note]) => [field, { kind: 'assumed', note } as const]),
    ),
  };
}

async function borrowedBaskets(): Promise<Baskets> {
  const { basketLines, lineQuantity, items } = await loadProfile();
  return { basketLines, lineQuantity, items };
}
