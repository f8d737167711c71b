// One alert, a history at nine tenths of its threshold, a fault that takes it over: the history's rate is solved for, and
// what the same traffic does to every other alert on a budget is looked at before anything is started. Pure.
import { windowSeconds } from '../../alerts/burn-rate.ts';
import { type SloId, slos } from '../../alerts/slos.ts';
import type { PlannedAlert } from '../../chaos/engine/plan.ts';
import type { Experiment } from '../../chaos/experiments/experiment.ts';
import type { Primed } from '../history-series.ts';
import { type BudgetRule, firesAt, isTrue, movedRules, silences, waitsOf } from './budget-rules.ts';
import { type Course, type Stretch, stepsOf } from './course.ts';
import { type Spoiler, spoilersOf } from './spoilers.ts';

/** How close to its threshold the history brings the alert. */
export const primedShare = 0.9;
/** The fault has to take the rule over within this share of itself: later is luck, not design. */
const maxShareOfFault = 0.7;

export interface PrimedTimes {
  readonly load: readonly Stretch[];
  readonly faultStartSeconds: number;
  readonly faultSeconds: number;
  readonly scrapeSeconds: number;
}

export interface PrimedDrill {
  readonly rule: BudgetRule;
  readonly history: Primed;
  readonly historyPerSecond: number;
  readonly experiment: Experiment;
  readonly planned: PlannedAlert;
  /** From the first bad event until the rule is true. */
  readonly trueAfterSeconds: number;
  /** Alerts that the fault may take over as well, and when it would, in seconds from the start of the load. */
  readonly also: readonly { readonly name: string; readonly atSeconds: number }[];
}

export type Primable =
  | { readonly kind: 'primed'; readonly drill: PrimedDrill }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** Of a journey each step is brought as close to its own budget as every other. */
function badShares({ objective, threshold }: BudgetRule): Primed['badShare'] {
  const budgets = stepsOf(objective).map((id): [SloId, number] => [
    id,
    1 - slos.find((slo) => slo.id === id)!.objective,
  ]);
  const all = budgets.reduce((sum, [, budget]) => sum + budget, 0);
  return Object.fromEntries(
    budgets.map(([id, budget]) => [id, Number(((primedShare * threshold * budget) / all).toPrecision(12))]),
  );
}

const shares = ({ spoils }: Spoiler, bound: 'least' | 'most') =>
  Object.fromEntries(Object.entries(spoils).map(([slo, share]) => [slo, share[bound]]));

/** Half as much again for a busy machine and 5 s for the slowest hop, as in any drill; `for` is waited to the second. */
const budgetOf = (seconds: number, { forSeconds }: BudgetRule) =>
  (seconds - forSeconds) * 1.5 + 5 + forSeconds;

const lowestHistory = 1e-3;
const highestHistory = 1e3;
const halvings = 40;

export function prime(rule: BudgetRule, times: PrimedTimes): Primable {
  const candidates = spoilersOf(stepsOf(rule.objective));
  if (candidates.length === 0)
    return {
      kind: 'refused',
      reasons: [
        `no fault of the provider lab spoils “${rule.objective.goodEvent}”: headroom alerts prove --only ${rule.name} proves it`,
      ],
    };
  const reasons: string[] = [];
  for (const spoiler of candidates) {
    const tried = attempt(rule, spoiler, times);
    if (typeof tried !== 'string') return { kind: 'primed', drill: tried };
    reasons.push(tried);
  }
  return { kind: 'refused', reasons };
}

function attempt(rule: BudgetRule, spoiler: Spoiler, times: PrimedTimes): PrimedDrill | string {
  const { faultStartSeconds: start, faultSeconds } = times;
  const fault = { startSeconds: start, seconds: faultSeconds };
  const history: Primed = { badShare: badShares(rule), seconds: primedSeconds(rule, times) };
  const courseOf = (historyPerSecond: number, bound: 'least' | 'most'): Course => ({
    ...{ historyPerSecond, primed: history, load: times.load, fault },
    spoils: shares(spoiler, bound),
  });
  const trueAfter = (course: Course) => {
    for (let after = 0; after <= faultSeconds; after += 0.5)
      if (isTrue(rule, course, start + after)) return after;
    return Number.POSITIVE_INFINITY;
  };
  const inTime = (perSecond: number) =>
    trueAfter(courseOf(perSecond, 'least')) <= maxShareOfFault * faultSeconds;
  const label = describe(spoiler);
  const busiest = mostHistory(inTime);
  if (busiest === null) return `${label}: ${tooWeak(rule, times)}`;
  // Half as many shoppers, as long as they alone set something off: most rules also wait for a number of bad events.
  for (let perSecond = busiest; ; perSecond = twoDigits(perSecond / 2)) {
    const tried = after(perSecond);
    if ('drill' in tried) return tried.drill;
    if (!tried.early || perSecond / 2 < lowestHistory) return `${label}: ${tried.why}`;
  }

  function after(historyPerSecond: number): Tried {
    const trueAfterSeconds = trueAfter(courseOf(historyPerSecond, 'least'));
    const heard = trueAfterSeconds + waitsOf(rule, times.scrapeSeconds);
    const budgetSeconds = budgetOf(heard, rule);
    const until = start + budgetSeconds;
    const least = courseOf(historyPerSecond, 'least');
    for (let at = start + trueAfterSeconds; at <= until; at += 1)
      if (!isTrue(rule, least, at))
        return {
          early: false,
          why: `the traffic after the fault washes it out ${Math.round(at - start)} s after its start, before it can be heard`,
        };

    const most = unlucky(courseOf(historyPerSecond, 'most'));
    const others = movedRules
      .filter(({ name }) => name !== rule.name)
      .map((other) => ({ other, atSeconds: firesAt(other, most, until) }))
      .filter((one): one is { other: BudgetRule; atSeconds: number } => one.atSeconds !== null);
    const early = others.find(({ atSeconds }) => atSeconds < start);
    if (early !== undefined || isTrue(rule, most, start))
      return { early: true, why: `${early?.other.name ?? rule.name} would fire before the fault` };
    const louder = others.find(({ other }) => silences(other, rule));
    if (louder !== undefined)
      return {
        early: false,
        why: `${louder.other.name} would fire too, and Alertmanager then keeps ${rule.name} back`,
      };
    return {
      drill: {
        ...{ rule, history, historyPerSecond, trueAfterSeconds },
        experiment: spoiler.experiment,
        planned: {
          alert: { name: rule.alert, labels: labelsOf(rule) },
          timeToDetectSeconds: heard,
          budgetSeconds,
        },
        also: others.map(({ other, atSeconds }) => ({ name: other.name, atSeconds })),
      },
    };
  }
}

type Tried =
  | { readonly drill: PrimedDrill }
  /** `early`: by the history alone. */
  | { readonly early: boolean; readonly why: string };

/** What began in the fault is answered after it: the shop waits this long for a provider. */
const answeredAfterSeconds = 2;

/** As many shoppers as come by chance one time in forty, and all of them spoilt. */
function unlucky(course: Course): Course {
  const { fault, load, spoils } = course;
  const ends = fault.startSeconds + fault.seconds;
  const orders = load.reduce((sum, { fromSeconds, untilSeconds, ordersPerSecond }) => {
    const seconds = Math.min(untilSeconds, ends) - Math.max(fromSeconds, fault.startSeconds);
    return sum + Math.max(0, seconds) * ordersPerSecond;
  }, 0);
  const luck = 1 + 2 / Math.sqrt(orders);
  return {
    ...course,
    fault: { ...fault, seconds: fault.seconds + answeredAfterSeconds },
    spoils: Object.fromEntries(Object.entries(spoils).map(([slo, share]) => [slo, share * luck])),
  };
}

/** Longer than the window by the run, so that what the window loses while it moves on is as bad as what it keeps. */
function primedSeconds(rule: BudgetRule, { load, scrapeSeconds }: PrimedTimes): number {
  const ends = load.at(-1)?.untilSeconds ?? 0;
  const run = ends + budgetOf(ends + waitsOf(rule, scrapeSeconds), rule);
  return Math.min(windowSeconds['30d'], windowSeconds[rule.windows[0]] + run);
}

/** The busiest history that still lets the fault through in time, cut to two digits: the more of it, the further from the louder alerts. */
function mostHistory(inTime: (perSecond: number) => boolean): number | null {
  if (!inTime(lowestHistory)) return null;
  let [low, high] = [lowestHistory, highestHistory];
  for (let left = halvings; left > 0; left -= 1) {
    const middle = Math.sqrt(low * high);
    if (inTime(middle)) low = middle;
    else high = middle;
  }
  return twoDigits(low);
}

function twoDigits(value: number): number {
  const digits = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.floor(value / digits) * digits).toPrecision(2));
}

const labelsOf = ({ labels }: BudgetRule): Record<string, string> => ({
  slo: labels.slo,
  ...(labels.burn_tier === undefined ? {} : { burn_tier: labels.burn_tier }),
});

const describe = ({ experiment }: Spoiler) =>
  `${experiment.id} (${experiment.faults.map(({ mix }) => `${Math.round(mix.reduce((sum, { share }) => sum + share, 0) * 100)} %`).join(' and ')})`;

const tooWeak = (rule: BudgetRule, { faultSeconds }: PrimedTimes) =>
  `even after a nearly empty history a fault of ${faultSeconds} s does not take ${rule.name} over within ${maxShareOfFault} of itself: make the fault last longer`;
