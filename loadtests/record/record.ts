// A recording becomes a profile: measured where the source can tell, assumed (and said so) where it cannot.
import { basename } from 'node:path';
import { loadProfile, profileHash, renderProfile } from '../load-profile.ts';
import { type Profile, type Provenance, profileVersion } from '../profile.ts';
import { maxLines, recordedLinesPerCall } from '../schedule.ts';
import { UsageError } from '../usage-error.ts';
import { add, type Baskets, recordBaskets, shares } from './baskets.ts';
import { binMinutes, type RecordedDay, recordDay, round } from './day-shape.ts';
import { linesMap } from './lines-csv.ts';
import { ordersMap, type RecordedOrders, readOrdersCsv } from './orders-csv.ts';
import { writeWhole } from './write-whole.ts';

export interface RecordOptions {
  readonly from: string;
  readonly file: string;
  /** `field=Column` pairs: id, time and country; quantity and price where there are any. */
  readonly map: string | readonly string[];
  readonly timeFormat?: string | undefined;
  readonly cancelledPrefix?: string | undefined;
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
  const recorded = await readOrdersCsv(options.file, ordersMap(options.map), options);
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
  const { peakMinute, ...day } = recordDay(orders, options.day ?? 'auto');
  const body = {
    version: profileVersion,
    name: options.name ?? basename(options.file).replace(/\.csv(\.gz)?$/, ''),
    source: options.source ?? {
      title: basename(options.file),
      doi: '',
      license: 'not stated',
      attribution: '',
    },
    ...day,
    markets: shares(countries)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .map(([country, share]) => ({ country, share })),
    ...baskets,
    cancellationShare: round(cancellations / (orders.length + cancellations)),
    ...assumed,
    provenance: provenance(options, recorded, { ...day, peakMinute }),
  };
  return { ...body, hash: profileHash(body) };
}

function provenance(
  options: RecordOptions,
  { orders }: RecordedOrders,
  day: RecordedDay,
): Record<string, Provenance> {
  const recorded = (note: string): Provenance => ({ kind: 'recorded', note });
  const file = basename(options.file);
  const lines = options.lines === undefined ? null : basename(options.lines);
  const basket: Provenance =
    lines === null
      ? { kind: 'assumed', note: 'no lines file was given: taken from the default profile' }
      : recorded(`sold lines of ${lines}; fees, cancellations and lines without a price left out`);
  const replayedAs = `; assumed in the replay: ${recordedLinesPerCall} recorded lines become one, ${maxLines} at most`;
  const cancellations: Provenance =
    options.cancelledPrefix === undefined
      ? { kind: 'assumed', note: 'no --cancelled-prefix was given: every row is taken for an order' }
      : recorded(`the whole of ${file}: ids that begin with ${options.cancelledPrefix}`);
  return {
    day: recorded(
      options.day === undefined || options.day === 'auto'
        ? `the busiest day of ${file} by orders, cancellations apart`
        : 'the day that was asked for',
    ),
    orders: recorded(`rows of that day, cancellations apart; ${unpricedNote(options, orders, day)}`),
    shape: recorded(`orders per ${binMinutes} minutes, smoothed 1:2:1, local time`),
    recordedPeakOrdersPerMinute: recorded('the busiest bin, not smoothed'),
    markets: recorded(`the whole of ${file}; a single day is too few`),
    basketLines: { ...basket, note: basket.note + replayedAs },
    lineQuantity: basket,
    items: basket,
    cancellationShare: cancellations,
    ...Object.fromEntries(
      Object.entries(assumedBecause).map(([field, note]) => [field, { kind: 'assumed', note } as const]),
    ),
  };
}

/** Stock corrections make a day look busier than its buyers did, its peak above all: said of what is replayed. */
function unpricedNote(options: RecordOptions, orders: RecordedOrders['orders'], recorded: RecordedDay) {
  const { day, orders: count, shape, peakMinute } = recorded;
  const map = ordersMap(options.map);
  if (!('price' in map && 'quantity' in map)) return 'which of them were sales was not recorded';
  const ofDay = orders.filter((order) => order.unpriced && order.day === day);
  const ofPeak = (list: RecordedOrders['orders']) =>
    list.filter(({ minute }) => minute >= peakMinute && minute < peakMinute + shape.binMinutes).length;
  const inPeak = ofPeak(orders.filter((order) => order.day === day));
  const clock = `${Math.floor(peakMinute / 60)}:${String(peakMinute % 60).padStart(2, '0')}`;
  return `${ofDay.length} of its ${count} carry no price or quantity (stock corrections), ${ofPeak(ofDay)} of the ${inPeak} of its busiest ${shape.binMinutes} minutes from ${clock}; they are counted as the source counts them`;
}

async function borrowedBaskets(): Promise<Baskets> {
  const { basketLines, lineQuantity, items } = await loadProfile();
  return { basketLines, lineQuantity, items };
}
