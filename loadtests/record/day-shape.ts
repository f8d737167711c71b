// The busiest day and the shape of its arrivals.
import { UsageError } from '../usage-error.ts';
import type { Profile } from '../profile.ts';
import type { RecordedOrder } from './orders-csv.ts';

// 15 to 30 minutes: below that a small shop's bins are noise, above it the peak is averaged away.
export const binMinutes = 30;

export interface RecordedDay {
  readonly day: string;
  readonly orders: number;
  readonly shape: Profile['shape'];
  readonly recordedPeakOrdersPerMinute: number;
  /** Minute of the day when the busiest bin begins, as recorded. */
  readonly peakMinute: number;
}

/** `auto`: most orders; of days that tie, the one with the busiest bin; then the later. */
export function recordDay(orders: readonly RecordedOrder[], wanted: string): RecordedDay {
  const days = new Map<string, number[]>();
  for (const { day, minute } of orders) {
    const bins = days.get(day) ?? new Array<number>(1440 / binMinutes).fill(0);
    bins[Math.floor(minute / binMinutes)]! += 1;
    days.set(day, bins);
  }
  const [day, bins] = wanted === 'auto' ? busiest(days) : [wanted, days.get(wanted)];
  if (bins === undefined) throw new UsageError(`--day ${wanted}: no order on that day`);
  const first = bins.findIndex((count) => count > 0);
  const last = bins.findLastIndex((count) => count > 0);
  const kept = bins.slice(first, last + 1);
  return {
    day,
    orders: total(kept),
    shape: { binMinutes, startMinute: first * binMinutes, intensity: relative(smooth(kept)) },
    recordedPeakOrdersPerMinute: round(Math.max(...kept) / binMinutes),
    peakMinute: bins.indexOf(Math.max(...kept)) * binMinutes,
  };
}

function busiest(days: ReadonlyMap<string, number[]>): [string, number[]] {
  const ranked = [...days].sort(
    ([dayA, a], [dayB, b]) =>
      total(b) - total(a) || Math.max(...b) - Math.max(...a) || (dayA < dayB ? 1 : -1),
  );
  return ranked[0]!;
}

/** Weights 1, 2, 1; at the edges over the bins there are. A shop of 154 orders a day has bins too small to take at their word. */
function smooth(bins: readonly number[]): number[] {
  return bins.map((count, i) => {
    const before = bins[i - 1];
    const after = bins[i + 1];
    const weight = 2 + (before === undefined ? 0 : 1) + (after === undefined ? 0 : 1);
    return (2 * count + (before ?? 0) + (after ?? 0)) / weight;
  });
}

function relative(bins: readonly number[]): number[] {
  const mean = total(bins) / bins.length;
  return bins.map((value) => round(value / mean));
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
export const round = (value: number) => Math.round(value * 1e6) / 1e6;
