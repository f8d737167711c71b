// The alerts on a budget: the four tiers of every objective, and its budget gone. When each is true of a course, which of
// them another one silences, and how long one takes to be heard. Pure.
import { alertmanagerConfig, groupWaitSeconds } from '../../alerts/alertmanager.ts';
import { budgetExhausted, minBadEventsInBudget } from '../../alerts/budget-alerts.ts';
import type { Objective } from '../../alerts/burn-alerts.ts';
import {
  burnThreshold,
  burnTiers,
  type Severity,
  type Window,
  windowSeconds,
} from '../../alerts/burn-rate.ts';
import { checkoutP99Limit } from '../../alerts/causes/business.ts';
import { journeys } from '../../alerts/journeys.ts';
import { proofName } from '../../alerts/proofs/suite.ts';
import { firing } from '../../alerts/proofs/timeline.ts';
import { alertRules, budgetIntervalSeconds, burnGroups, ruleGroups } from '../../alerts/rules.ts';
import { slos } from '../../alerts/slos.ts';
import { badIn, type Course, shareIn } from './course.ts';

export interface BudgetRule {
  /** As `headroom alerts` and `headroom proof` call it. */
  readonly name: string;
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>> & { readonly slo: string; readonly severity: Severity };
  readonly objective: Objective;
  readonly forSeconds: number;
  /** Bad share that it waits for in each of its windows, longest first. */
  readonly threshold: number;
  readonly windows: readonly [Window, ...Window[]];
  readonly minBadEvents: number;
}

const objectives: readonly Objective[] = [...slos, ...journeys];

// 1 − 0.99 is 0.010000000000000009 in binary, and run.json is read by people.
const budgetOf = ({ objective }: Objective) => Number((1 - objective).toPrecision(12));

export const budgetRules: readonly BudgetRule[] = alertRules(ruleGroups()).flatMap((alert): BudgetRule[] => {
  const objective = objectives.find(({ id }) => id === alert.labels.slo);
  const tier = burnTiers.find(({ name }) => name === alert.labels.burn_tier);
  if (objective === undefined || (tier === undefined && alert.alert !== budgetExhausted)) return [];
  const { severity } = alert.labels;
  return [
    {
      name: proofName({ alert }),
      alert: alert.alert,
      labels: { ...alert.labels, slo: objective.id, severity },
      objective,
      forSeconds: alert.forSeconds,
      threshold: tier === undefined ? budgetOf(objective) : burnThreshold(tier.factor, objective.objective),
      windows: tier === undefined ? ['30d'] : [tier.long, tier.short],
      minBadEvents: tier?.minBadEvents ?? minBadEventsInBudget,
    },
  ];
});

const latency = slos.find(({ id }) => id === 'checkout-latency')!;
const p99 = alertRules(ruleGroups()).find(({ alert }) => alert === 'CheckoutP99AboveTarget')!;

/** What the same traffic moves: those on a budget, and the p99 target, which looks at the orders of the latency objective. */
export const movedRules: readonly BudgetRule[] = [
  ...budgetRules,
  {
    name: p99.alert,
    alert: p99.alert,
    labels: { ...p99.labels, slo: latency.id },
    objective: latency,
    forSeconds: p99.forSeconds,
    threshold: checkoutP99Limit.minShare,
    windows: ['5m'],
    // Half, because the first orders of a cold shop are slow too, and no course knows of them.
    minBadEvents: checkoutP99Limit.minBad / 2,
  },
];

export function isTrue(rule: BudgetRule, course: Course, atSeconds: number): boolean {
  const { objective, threshold, windows, minBadEvents } = rule;
  return (
    windows.every((window) => shareIn(objective, course, atSeconds, windowSeconds[window]) > threshold) &&
    badIn(objective, course, atSeconds, windowSeconds[windows[0]]) >= minBadEvents
  );
}

/** As often as the fastest of them is evaluated. */
const stepSeconds = Math.min(...burnGroups.map(({ intervalSeconds }) => intervalSeconds));

/** When it would fire, `for` included; null when it stays silent until the end. */
export function firesAt(rule: BudgetRule, course: Course, untilSeconds: number): number | null {
  const readings = Array.from({ length: Math.ceil(untilSeconds / stepSeconds) + 1 }, (_, step) =>
    isTrue(rule, course, step * stepSeconds) ? 1 : null,
  );
  const first = firing(readings, rule.forSeconds, stepSeconds).findIndex((reading) => reading !== null);
  return first < 0 ? null : first * stepSeconds;
}

const recordedEvery = (window: Window): number =>
  burnGroups.find(({ windows }) => (windows as readonly Window[]).includes(window))?.intervalSeconds ??
  budgetIntervalSeconds;

/** From true to heard, in the worst alignment: a rule reads windows that other groups recorded at their own pace. */
export function waitsOf({ windows, forSeconds, labels }: BudgetRule, scrapeSeconds: number): number {
  const evaluations = [...new Set(windows.map(recordedEvery))].reduce((sum, seconds) => sum + seconds, 0);
  return scrapeSeconds + evaluations + forSeconds + groupWaitSeconds[labels.severity];
}

const matcher = /^(\w+)(=~|=)"(.*)"$/;

function matches(matchers: readonly string[], labels: Readonly<Record<string, string>>): boolean {
  return matchers.every((text) => {
    const [, label, operator, wanted] = matcher.exec(text) ?? [];
    if (label === undefined) throw new Error(`the routing holds a matcher that nobody here reads: ${text}`);
    const value = labels[label] ?? '';
    return operator === '=' ? value === wanted : new RegExp(`^(?:${wanted})$`).test(value);
  });
}

/** Whether `louder`, once firing, keeps Alertmanager from telling of `quiet`: by the routing itself. */
export function silences(louder: BudgetRule, quiet: BudgetRule): boolean {
  const of = ({ alert, labels }: BudgetRule) => ({ ...labels, alertname: alert });
  const [source, target] = [of(louder), of(quiet)] as Readonly<Record<string, string>>[];
  return alertmanagerConfig().inhibit_rules.some(
    ({ source_matchers, target_matchers, equal = [] }) =>
      matches(source_matchers, source!) &&
      matches(target_matchers, target!) &&
      equal.every((label) => source![label] === target![label]),
  );
}
