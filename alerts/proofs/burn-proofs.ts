// The proof of a burn alert. Two timelines of traffic, a third for `for`; when the alert must speak is computed from the
// counted events, and promtool must find the same step, the same words.
import type { Objective } from '../burn-alerts.ts';
import { type BurnTier, burnThreshold, burnTiers, windowSeconds } from '../burn-rate.ts';
import { journeys } from '../journeys.ts';
import { alertRules, type RuleGroup } from '../rules.ts';
import { ofSlo, recorded } from '../sli.ts';
import { slos } from '../slos.ts';
import type { Clock, RangeEdge } from './counters.ts';
import { eventsIn, journeyShare, shareOf } from './oracle.ts';
import {
  badEventsIn,
  checksOf,
  eventsPerStep,
  foreignRecordings,
  loneFailure,
  over,
  sharesIn,
  type Story,
  tell,
} from './story.ts';
import { type AlertProof, groupsFor, proofOf, type ProofCase } from './suite.ts';
import type { Readings } from './timeline.ts';
import type { Phase } from './traffic.ts';

/** Three steps in the short window, 36 in the long one: the fewest that tell a window from half and from twice of it. */
const stepSecondsOf = ({ short }: BurnTier) => windowSeconds[short] / 3;

interface Burn {
  readonly objective: Objective;
  readonly tier: BurnTier;
  readonly clock: Clock;
}

function readingsOf(story: Story, tier: BurnTier): Readings {
  const limit = burnThreshold(tier.factor, story.objective.objective);
  const [long, short] = [windowSeconds[tier.long], windowSeconds[tier.short]];
  return Array.from({ length: story.steps }, (_, step) => {
    const inLong = journeyShare(sharesIn(story, step, long));
    const inShort = journeyShare(sharesIn(story, step, short));
    if (inLong === null || inShort === null) return null;
    const burns = over(inLong, limit) && over(inShort, limit);
    return burns && over(badEventsIn(story, step, long), tier.minBadEvents) ? inLong : null;
  });
}

interface Told extends Pick<ProofCase, 'shows'> {
  readonly what: string;
  readonly meant: readonly ('fires' | 'over')[];
  readonly silentAt?: readonly number[];
  readonly recorded?: NonNullable<ProofCase['recorded']>;
}

function caseOf({ objective, tier, clock }: Burn, story: Story, told: Told): ProofCase {
  const name = `${objective.alertName} ${tier.name}: ${told.what}`;
  const readings = readingsOf(story, tier);
  return {
    name,
    shows: told.shows,
    stepSeconds: clock.stepSeconds,
    series: [
      ...story.parts.flatMap(({ counted }) => counted),
      // A journey sums what its steps record.
      ...('steps' in objective
        ? foreignRecordings(story.steps, [
            recorded.errorRatio(tier.long),
            recorded.errorRatio(tier.short),
            recorded.badRate(tier.long),
          ])
        : []),
    ],
    checks: checksOf(name, readings, tier.forSeconds, clock, told.meant, told.silentAt),
    recorded: told.recorded ?? [],
    answers: (query, step) => {
      const part = story.parts.find(({ slo }) => query === ofSlo(recorded.errorRatio(tier.long), slo));
      if (part === undefined) throw new Error(`the proofs do not know what ${query} answers`);
      return shareOf(eventsIn(part.slo, part.counted, step, windowSeconds[tier.long], clock));
    },
  };
}

/** Steps in a window. */
const stepsIn = ({ tier, clock }: Burn, window: 'long' | 'short') =>
  windowSeconds[tier[window]] / clock.stepSeconds;

/**
 * A busy day. Below the threshold for a whole long window, then far above it until the long window crosses (half a percent
 * below it at the step before); over; burning again, so that the short window alone decides: 3 % below, 3 % above; gone.
 */
function busy(burn: Burn): ProofCase {
  const limit = burnThreshold(burn.tier.factor, burn.objective.objective);
  const [long, short] = [stepsIn(burn, 'long'), stepsIn(burn, 'short')];
  const at = (times: number, steps: number, events = eventsPerStep): Phase => ({
    steps,
    events,
    bad: events * limit * times,
  });
  // Twice the traffic: were it steady, a total over the wrong window would look the same.
  const burning = at(2.317, 2 * short, 2 * eventsPerStep);
  const phases: Phase[] = [
    at(0.92, long + 2),
    burning,
    at(0, short + 2),
    burning,
    at(0.9713, short + 2),
    at(1.0317, short + 2),
    { ...at(0, short + 2), gone: true },
  ];
  return caseOf(burn, tell(burn.objective, burn.clock, phases), {
    what: 'silent just below, fires just above, over soon after the burning, and when the metric is gone',
    shows: ['just below', 'just above', 'recovery', 'metric gone'],
    meant: ['fires', 'over', 'fires', 'over', 'fires', 'over'],
  });
}

/** A quiet night: nobody, one failure, a restart and a first failure after it, then failures one by one. */
function quiet(burn: Burn): ProofCase {
  const [long, short] = [stepsIn(burn, 'long'), stepsIn(burn, 'short')];
  const idle = (steps: number): Phase => ({ steps, events: 0, bad: 0 });
  const failing = (steps: number): Phase => ({ steps, events: loneFailure, bad: loneFailure });
  const phases: Phase[] = [
    { steps: short + 1, events: eventsPerStep, bad: 0, neverFailed: true },
    idle(long + 2),
    failing(1),
    idle(short + 1),
    { ...idle(1), restart: true },
    failing(1),
    idle(short + 1),
    failing(burn.tier.minBadEvents + 3),
    idle(short + 2),
  ];
  const story = tell(burn.objective, burn.clock, phases);
  const [flawless, nobody, oneFailure, , , afterRestart] = story.ends as [
    number,
    number,
    number,
    0,
    0,
    number,
  ];
  return caseOf(burn, story, {
    what: 'silent without traffic, at one failure and at the first after a restart; fires at the failure that makes enough',
    shows: ['zero traffic', 'one failure at night', 'first event after a restart'],
    meant: ['fires', 'over'],
    silentAt: [nobody, oneFailure, afterRestart],
    recorded: [burn.tier.long, burn.tier.short].flatMap((window) => {
      const expr = ofSlo(recorded.errorRatio(window), burn.objective);
      return [
        { step: flawless, expr, value: 0 },
        { step: nobody, expr, value: null },
        // Of a journey, however many of its steps failed.
        { step: oneFailure, expr, value: 1 },
      ];
    }),
  });
}

/** `for` to the step: steps of half of it, everything bad from the first sample on. */
function patient(burn: Burn): ProofCase {
  const phases: Phase[] = [{ steps: 4, events: eventsPerStep, bad: eventsPerStep }];
  return caseOf(burn, tell(burn.objective, burn.clock, phases), {
    what: 'waits as long as it says',
    shows: [],
    meant: ['fires'],
  });
}

function burnProof(
  objective: Objective,
  tier: BurnTier,
  groups: readonly RuleGroup[],
  edge: RangeEdge,
): AlertProof {
  const alert = alertRules(groups).find(
    ({ labels }) => labels.slo === objective.id && labels.burn_tier === tier.name,
  );
  if (alert === undefined) throw new Error(`${objective.id} has no ${tier.name} alert`);
  const burn = { objective, tier, clock: { stepSeconds: stepSecondsOf(tier), edge } };
  const fine = { ...burn, clock: { stepSeconds: tier.forSeconds / 2, edge } };
  return proofOf(alert, groupsFor(alert, groups), () => [
    busy(burn),
    quiet(burn),
    ...(tier.forSeconds > 0 ? [patient(fine)] : []),
  ]);
}

export const burnProofs = (groups: readonly RuleGroup[], edge: RangeEdge): AlertProof[] =>
  [...slos, ...journeys].flatMap((objective) =>
    burnTiers.map((tier) => burnProof(objective, tier, groups, edge)),
  );
