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

/** What can be primed under this plan, and what cannot, with the reason. */
export function primableText(times: PrimedTimes): string {
  const rows = budgetRules.map((rule) => ({ rule, primable: prime(rule, times) }));
  const can = rows.flatMap(({ rule, primable }) => {
    if (primable.kind === 'refused') return [];
    const { experiment, historyPerSecond, planned } = primable.drill;
    const heard = `heard after ${people(planned.timeToDetectSeconds)}`;
    return [
      `  ${rule.name.padEnd(44)}  ${experiment.id.padEnd(15)}  ${heard}, after a history of ${historyPerSecond} orders/s`,
    ];
  });
  const cannot = rows.flatMap(({ rule, primable }) =>
    primable.kind === 'primed' ? [] : [`  ${rule.name.padEnd(44)}  ${primable.reasons.at(-1)}`],
  );
  return ['can be primed:', ...can, '', 'cannot:', ...cannot].join('\n');
}
