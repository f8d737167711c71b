// Traffic told phase by phase to an objective, or to every step of a journey, and what its windows then hold.
import type { Objective } from '../burn-alerts.ts';
import { type Slo, slos } from '../slos.ts';
import type { Clock } from './counters.ts';
import { eventsIn, shareOf } from './oracle.ts';
import { type Check, changesOf, checksAtChanges, firing, type Readings } from './timeline.ts';
import { type Counted, countersOf, type Phase } from './traffic.ts';

/** A fiftieth more than one event: k of them are more than k and less than k + 1, for every k in use. */
export const loneFailure = 1.02;

/** Enough that every tier's threshold is many events. */
export const eventsPerStep = 122_880;

export interface Story {
  readonly objective: Objective;
  readonly clock: Clock;
  readonly parts: readonly { readonly slo: Slo; readonly counted: readonly Counted[] }[];
  readonly steps: number;
  /** Last step of each phase. */
  readonly ends: readonly number[];
}

const partsOf = (objective: Objective): readonly Slo[] =>
  'steps' in objective ? objective.steps.map((step) => slos.find(({ id }) => id === step)!) : [objective];

/** A journey's bad events are spread evenly over its steps, each of which sees all of the traffic. */
export function tell(objective: Objective, clock: Clock, phases: readonly Phase[]): Story {
  const slosOf = partsOf(objective);
  const shared = phases.map((phase) => ({
    ...phase,
    bad: phase.bad / slosOf.length,
    // Where everything is bad, it is bad at every step of the journey.
    events: phase.bad === phase.events ? phase.bad / slosOf.length : phase.events,
  }));
  // What each step counts, the proofs of its own alerts show.
  const detail = 'steps' in objective ? 'one label set' : 'every label set';
  const parts = slosOf.map((slo) => ({ slo, counted: countersOf(slo, shared, detail) }));
  const ends = phases.map((_, index) => phases.slice(0, index + 1).reduce((sum, one) => sum + one.steps, 0));
  return { objective, clock, parts, steps: 1 + ends.at(-1)!, ends };
}

/** Another objective, all bad: what a rule joins or sums, it must choose. */
export const foreignRecordings = (steps: number, series: readonly string[]) =>
  series.map((name) => ({
    series: `${name}{slo="another-objective"}`,
    samples: Array.from({ length: steps }, () => 1),
  }));

/** Share of bad events of each part; null where nobody came. */
export const sharesIn = ({ parts, clock }: Story, step: number, windowSeconds: number): (number | null)[] =>
  parts.map(({ slo, counted }) => shareOf(eventsIn(slo, counted, step, windowSeconds, clock)));

export const badEventsIn = ({ parts, clock }: Story, step: number, windowSeconds: number): number =>
  parts.reduce(
    (sum, { slo, counted }) => sum + (eventsIn(slo, counted, step, windowSeconds, clock)?.bad ?? 0),
    0,
  );

/** Traffic no longer proves the limit it was chosen for: a mistake of whoever moved that limit. */
class OtherTraffic extends Error {
  override readonly name = 'UsageError';
  constructor(what: string) {
    super(`${what}: choose other traffic for this limit in alerts/proofs/, or a limit that it can show`);
  }
}

/** Nearer than this to a limit, the last digit of a float decides, and a proof would prove nothing. */
const margin = 1e-6;

export function over(value: number, limit: number): boolean {
  if (Math.abs(value / limit - 1) < margin)
    throw new OtherTraffic(`a proof reads ${value} at the limit ${limit}`);
  return value > limit;
}

/** When to ask and what to hear; throws when the story is not the one that was meant. */
export function checksOf(
  place: string,
  readings: Readings,
  forSeconds: number,
  clock: Clock,
  meant: readonly ('fires' | 'over')[],
  silentAt: readonly number[] = [],
  keepSeconds = 0,
): Check[] {
  const fires = firing(readings, forSeconds, clock.stepSeconds, keepSeconds);
  const changes = changesOf(fires);
  if (changes.join() !== meant.join())
    throw new OtherTraffic(
      `${place}: the traffic was meant to show ${meant.join()}, it shows ${changes.join() || 'nothing'}`,
    );
  const speaking = silentAt.filter((step) => fires[step] !== null);
  if (speaking.length > 0) throw new OtherTraffic(`${place}: it speaks at steps ${speaking.join()}`);
  return [...checksAtChanges(fires), ...silentAt.map((step) => ({ step, value: null }))];
}
