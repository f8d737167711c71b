// What an objective's windows must read, computed from the counted events and not from the rules: the other side of a proof.
import type { Slo } from '../slos.ts';
import { type Clock, sumOfIncreases } from './counters.ts';
import type { Counted } from './traffic.ts';

export interface Reading {
  readonly bad: number;
  readonly events: number;
}

/** Events of one objective in the window that ends at `step`; null when nobody counted. */
export function eventsIn(
  slo: Slo,
  counted: readonly Counted[],
  step: number,
  windowSeconds: number,
  clock: Clock,
): Reading | null {
  const of = (...counts: Counted['counts'][]) =>
    sumOfIncreases(
      counted.filter((one) => counts.includes(one.counts)).map((one) => one.samples),
      step,
      windowSeconds,
      clock,
    );
  if (slo.sli.kind === 'ratio') {
    const events = of('good', 'bad');
    return events === null ? null : { bad: of('bad') ?? 0, events };
  }
  const [events, inTime] = [of('all', 'not failed', 'failed'), of('good')];
  return events === null || inTime === null ? null : { bad: Math.max(0, events - inTime), events };
}

/** Share of bad events; null without traffic. */
export const shareOf = (reading: Reading | null): number | null =>
  reading === null || reading.events <= 0 ? null : reading.bad / reading.events;

/** Several objectives as one journey: every bad step spoils one, and no more than all can be spoilt. */
export function journeyShare(shares: readonly (number | null)[]): number | null {
  const known = shares.filter((share) => share !== null);
  return known.length === 0
    ? null
    : Math.min(
        1,
        known.reduce((sum, share) => sum + share, 0),
      );
}
