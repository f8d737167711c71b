// A primed drill laid into the time plan of an ordinary one: the same load, one fault of an ordinary length, one alert.
import { windowSeconds } from '../../alerts/burn-rate.ts';
import { people } from '../../alerts/time-to-detect.ts';
import type { PrimedFacts } from '../facts.ts';
import type { TimePlan } from '../plan.ts';
import { budgetRules } from './budget-rules.ts';
import type { Stretch } from './course.ts';
import { type PrimedDrill, type PrimedTimes, prime, primedShare } from './prime.ts';

/** `curve`: orders per second in each bin of the replay. */
export function primedTimes(plan: TimePlan, peakPerSecond: number, curve: readonly number[]): PrimedTimes {
  const { baselineSeconds, replaySeconds, leadSeconds, scrapeSeconds } = plan;
  const binSeconds = replaySeconds / curve.length;
  const replay = curve.map(
    (ordersPerSecond, bin): Stretch => ({
      ordersPerSecond,
      fromSeconds: baselineSeconds + bin * binSeconds,
      untilSeconds: baselineSeconds + (bin + 1) * binSeconds,
    }),
  );
  return {
    load: [{ fromSeconds: 0, untilSeconds: baselineSeconds, ordersPerSecond: peakPerSecond }, ...replay],
    faultStartSeconds: baselineSeconds + leadSeconds,
    faultSeconds: Math.max(...Object.values(plan.faultSeconds)),
    scrapeSeconds,
  };
}

const percent = (share: number) => `${Number((share * 100).toPrecision(3))} %`;

export function primedFactsOf({ rule, history, historyPerSecond, also, planned }: PrimedDrill): PrimedFacts {
  return {
    alert: rule.name,
    share_of_threshold: primedShare,
    threshold: rule.threshold,
    bad_share: Object.fromEntries(Object.entries(history.badShare)),
    window_seconds: windowSeconds[rule.windows[0]],
    orders_per_second: historyPerSecond,
    computed_seconds: planned.timeToDetectSeconds,
    also: also.map(({ name }) => name),
  };
}

/** What is about to be done, and what else it will be heard to do. */
export function primedPlan({
  rule,
  history,
  historyPerSecond,
  also,
  planned,
  experiment,
  trueAfterSeconds,
}: PrimedDrill) {
  const bad = Object.entries(history.badShare).map(([slo, share]) => `${slo} ${percent(share)}`);
  const heard = also.length === 0 ? 'no other alert on a budget' : also.map(({ name }) => name).join(', ');
  return [
    `primed for ${rule.name}: ${rule.windows[0]} of history at ${percent(primedShare)} of its threshold (bad: ${bad.join(', ')}), ${historyPerSecond} orders/s`,
    `${experiment.id} takes it over within ${trueAfterSeconds} s; it is heard after ${people(planned.timeToDetectSeconds)} at the latest, held to ${people(planned.budgetSeconds)}`,
    `nothing fires before the fault; during and after it, beside it: ${heard}`,
  ];
}

interface Listed {
  readonly alert: string;
  /** Null where it cannot be primed. */
  readonly by: {
    readonly experiment: string;
    readonly orders_per_second: number;
    readonly seconds: number;
  } | null;
  readonly refused: readonly string[];
}

/** What can be primed under this plan, and what cannot, with the reasons. */
export const primables = (times: PrimedTimes): readonly Listed[] =>
  budgetRules.map((rule): Listed => {
    const primable = prime(rule, times);
    if (primable.kind === 'refused') return { alert: rule.name, by: null, refused: primable.reasons };
    const { experiment, historyPerSecond, planned } = primable.drill;
    const by = { experiment: experiment.id, orders_per_second: historyPerSecond };
    return { alert: rule.name, by: { ...by, seconds: planned.timeToDetectSeconds }, refused: [] };
  });

export function primableText(listed: readonly Listed[]): string {
  const row = (alert: string, said: string) => [`  ${alert.padEnd(44)}  ${said}`];
  const can = listed.flatMap(({ alert, by }) =>
    by === null
      ? []
      : row(
          alert,
          `${by.experiment.padEnd(15)}  heard after ${people(by.seconds)}, after a history of ${by.orders_per_second} orders/s`,
        ),
  );
  const cannot = listed.flatMap(({ alert, refused }) =>
    refused.length === 0 ? [] : row(alert, refused.at(-1)!),
  );
  return ['can be primed:', ...can, '', 'cannot:', ...cannot].join('\n');
}
