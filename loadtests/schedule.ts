// The whole traffic of a run, decided before it starts: who arrives when, from where, to buy what. Seeded and pure, so
// the same seed is the same traffic, and what was intended can be compared with what happened.
import { type Profile, seededRandom } from './profile.ts';

export interface ScheduleOptions {
  /** Orders per second in the busiest bin at scale 1. */
  readonly peakOrdersPerSecond: number;
  readonly scale: number;
  readonly durationSeconds: number;
  readonly seed: number;
  /** `flat` holds the peak rate throughout; `recorded` follows the busiest hours of the recorded day. */
  readonly shape?: 'recorded' | 'flat';
  /** Items that sell out on purpose, and the share of ordering sessions that want one. */
  readonly scarce?: { readonly skus: readonly string[]; readonly share: number };
}

export type Stage = 'cart' | 'checkout' | 'order';

/** One shopper's session, complete: nothing is drawn while the load runs. */
export interface PlannedSession {
  readonly offset_ms: number;
  readonly stage: Stage;
  readonly market: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  /** Pauses: before the address, before the quote, before the order. */
  readonly think_ms: readonly number[];
  readonly decline: boolean;
  readonly double_submit: boolean;
}

/** The busiest hours of the recorded day are what a run replays; a whole day would be mostly its quiet ends. */
const windowMinutes = 240;

// A recorded basket of this wholesaler holds 19 lines. Ten recorded lines become one call, so that the calls of a session
// keep their proportion to one another and the skew of sizes stays.
export const recordedLinesPerCall = 10;
export const maxLines = 8;
const thinks = 3;
// Spread of think times: a median and a long tail, cut at the profile's maximum.
const thinkSigma = 0.6;

/** Relative rate per bin of the run, 1 in the busiest. Bins of the window are mapped linearly onto the run. */
export function runShape(profile: Profile, shape: 'recorded' | 'flat' = 'recorded'): number[] {
  if (shape === 'flat') return [1];
  const { intensity, binMinutes } = profile.shape;
  const width = Math.min(intensity.length, Math.max(1, Math.round(windowMinutes / binMinutes)));
  const weight = (from: number) => intensity.slice(from, from + width).reduce((sum, value) => sum + value, 0);
  let start = 0;
  for (let from = 1; from + width <= intensity.length; from += 1)
    if (weight(from) > weight(start)) start = from;
  const window = intensity.slice(start, start + width);
  const top = Math.max(...window);
  return window.map((value) => value / top);
}

/** Intended orders per second at each bin of the run: the curve that plans and reports draw. */
export function intendedOrdersPerSecond(profile: Profile, options: ScheduleOptions): number[] {
  return runShape(profile, options.shape).map((value) => value * options.peakOrdersPerSecond * options.scale);
}

export function makeSchedule(profile: Profile, options: ScheduleOptions): PlannedSession[] {
  const sessionsPerOrder = profile.funnel.carts / profile.funnel.orders;
  const rates = intendedOrdersPerSecond(profile, options).map((rate) => rate * sessionsPerOrder);
  const binSeconds = options.durationSeconds / rates.length;
  const random = seededRandom(options.seed);
  const draw = sessionDrawer(profile, options);
  const sessions: PlannedSession[] = [];
  rates.forEach((rate, bin) => {
    // Exponential gaps: a Poisson process. Even arrivals flatter the shop (p99 nearly halves at 80 % use).
    // Having no memory, it may start anew in each bin.
    for (let at = gap(random, rate); at < binSeconds; at += gap(random, rate)) {
      sessions.push(draw(sessions.length, (bin * binSeconds + at) * 1000));
    }
  });
  return sessions;
}

const gap = (random: () => number, rate: number) => -Math.log(1 - random()) / rate;

function sessionDrawer(profile: Profile, options: ScheduleOptions) {
  const market = chooser(profile.markets, (row) => row.country);
  const size = chooser(profile.basketLines, (row) => row.lines);
  const quantity = chooser(profile.lineQuantity, (row) => row.quantity);
  const item = chooser(profile.items, (row) => row.sku);
  const { carts, checkouts, orders } = profile.funnel;
  const { median, max } = profile.thinkTimeSeconds;

  return (index: number, offsetMs: number): PlannedSession => {
    // A stream of its own for each session: a changed basket rule leaves every other session as it was.
    const random = seededRandom((options.seed ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0);
    const depth = random() * carts;
    const stage = depth < orders ? 'order' : depth < checkouts ? 'checkout' : 'cart';
    const wanted = Math.min(maxLines, Math.ceil(size(random()) / recordedLinesPerCall));
    const lines = new Map<string, number>();
    // Asking for a popular item twice is one line; the tries are bounded for a profile of very few items.
    for (let tries = 0; lines.size < wanted && tries < wanted * 4; tries += 1) {
      const sku = item(random());
      if (!lines.has(sku)) lines.set(sku, quantity(random()));
    }
    const { scarce } = options;
    if (stage === 'order' && scarce !== undefined && random() < scarce.share) {
      lines.set(scarce.skus[Math.floor(random() * scarce.skus.length)]!, 1);
    }
    return {
      offset_ms: Math.round(offsetMs),
      stage,
      market: market(random()),
      lines: [...lines].map(([sku, units]) => ({ sku, quantity: units })),
      think_ms: Array.from({ length: thinks }, () =>
        Math.round(1000 * Math.min(max, median * Math.exp(thinkSigma * normal(random)))),
      ),
      decline: random() < profile.declineShare,
      double_submit: random() < profile.doubleSubmitShare,
    };
  };
}

/** Picks by share; the shares need not sum to exactly 1. */
function chooser<R extends { readonly share: number }, V>(rows: readonly R[], value: (row: R) => V) {
  let sum = 0;
  const upTo = rows.map((row) => {
    sum += row.share;
    return sum;
  });
  return (u: number): V => {
    const at = u * sum;
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return value(rows[low]!);
  };
}

/** Box–Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
