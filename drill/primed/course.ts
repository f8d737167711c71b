// The traffic of a drill that is not run yet: history, load and fault as stretches of steady events, and what a window of
// an objective holds at any second of it. Seconds count from the start of the load, where the history ends. Pure.
import type { Objective } from '../../alerts/burn-alerts.ts';
import { windowSeconds } from '../../alerts/burn-rate.ts';
import { type SloId, slos } from '../../alerts/slos.ts';
import { eventsPerOrder, healthyShareOf, type Primed } from '../history-series.ts';

export interface Stretch {
  readonly fromSeconds: number;
  readonly untilSeconds: number;
  readonly ordersPerSecond: number;
}

export interface Course {
  readonly historyPerSecond: number;
  readonly primed: Primed;
  /** Stretches that follow one another; after the last nobody comes. */
  readonly load: readonly Stretch[];
  readonly fault: { readonly startSeconds: number; readonly seconds: number };
  /** Share of each objective's events that the fault makes bad. */
  readonly spoils: Partial<Record<SloId, number>>;
}

export interface Counted {
  readonly events: number;
  readonly bad: number;
}

const sloOf = (id: SloId) => slos.find((slo) => slo.id === id)!;

interface Part extends Stretch {
  readonly badShare: number;
}

/** A course is asked thousands of times, and never changes. */
const laidOut = new WeakMap<Course, Map<SloId, Part[]>>();

function partsOf(slo: SloId, course: Course): Part[] {
  const known = laidOut.get(course) ?? new Map<SloId, Part[]>();
  laidOut.set(course, known);
  const parts = known.get(slo) ?? layOut(slo, course);
  known.set(slo, parts);
  return parts;
}

function layOut(slo: SloId, { historyPerSecond, primed, load, fault, spoils }: Course): Part[] {
  const healthy = healthyShareOf(sloOf(slo));
  const before = { fromSeconds: -windowSeconds['30d'], ordersPerSecond: historyPerSecond };
  const faultEnds = fault.startSeconds + fault.seconds;
  return [
    { ...before, untilSeconds: -primed.seconds, badShare: healthy },
    {
      ...before,
      fromSeconds: Math.max(before.fromSeconds, -primed.seconds),
      untilSeconds: 0,
      badShare: primed.badShare[slo] ?? healthy,
    },
    ...load.flatMap((one) => [
      { ...one, untilSeconds: Math.min(one.untilSeconds, fault.startSeconds), badShare: 0 },
      {
        ...one,
        fromSeconds: Math.max(one.fromSeconds, fault.startSeconds),
        untilSeconds: Math.min(one.untilSeconds, faultEnds),
        badShare: spoils[slo] ?? 0,
      },
      { ...one, fromSeconds: Math.max(one.fromSeconds, faultEnds), badShare: 0 },
    ]),
  ];
}

export function eventsIn(slo: SloId, course: Course, atSeconds: number, window: number): Counted {
  let [events, bad] = [0, 0];
  for (const part of partsOf(slo, course)) {
    const seconds = Math.min(part.untilSeconds, atSeconds) - Math.max(part.fromSeconds, atSeconds - window);
    if (seconds <= 0) continue;
    const counted = seconds * part.ordersPerSecond * eventsPerOrder[slo];
    events += counted;
    bad += counted * part.badShare;
  }
  return { events, bad };
}

export const stepsOf = (objective: Objective): readonly SloId[] =>
  'steps' in objective ? objective.steps : [objective.id];

/** Every bad step spoils a journey: its share is the sum of theirs. */
export function shareIn(objective: Objective, course: Course, atSeconds: number, window: number): number {
  const shares = stepsOf(objective).map((slo) => eventsIn(slo, course, atSeconds, window));
  return shares.reduce((sum, { events, bad }) => sum + (events === 0 ? 0 : bad / events), 0);
}

export const badIn = (objective: Objective, course: Course, atSeconds: number, window: number): number =>
  stepsOf(objective).reduce((sum, slo) => sum + eventsIn(slo, course, atSeconds, window).bad, 0);
