// A kill switch: one value of one dimension that we chose to stop, until when. Deciding is pure.
import type { switchDimensions } from '../telemetry/metrics/switches.ts';

export type Dimension = (typeof switchDimensions)[number];

export const modes = ['on', 'dry_run'] as const;
export type Mode = (typeof modes)[number];

export interface Switch {
  readonly dimension: Dimension;
  readonly value: string;
  readonly mode: Mode;
  readonly activation: string;
  /** On the monotonic clock of this process, so that it ends on time while PostgreSQL is away. */
  readonly endsAt: number;
}

/** What somebody wants to do; dimensions it does not touch are left out. */
export type Wish = Readonly<Partial<Record<Dimension, string>>>;

export interface Decision {
  /** The switch that stops it. Of several the one that lasts longest: before its end there is no point in coming back. */
  readonly stopped: Switch | null;
  /** Dry runs that would have. */
  readonly wouldStop: readonly Switch[];
}

export function decide(switches: readonly Switch[], wish: Wish, now: number): Decision {
  let stopped: Switch | null = null;
  const wouldStop: Switch[] = [];
  for (const each of switches) {
    if (each.endsAt <= now || wish[each.dimension] !== each.value) continue;
    if (each.mode === 'dry_run') wouldStop.push(each);
    else if (stopped === null || each.endsAt > stopped.endsAt) stopped = each;
  }
  return { stopped, wouldStop };
}
