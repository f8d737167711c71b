// SLOs and causes → the groups of one Prometheus rule file.
import { type AlertRule, annotate } from './alert.ts';
import { absentAlert, exhaustedAlert } from './budget-alerts.ts';
import { burnAlert } from './burn-alerts.ts';
import { type BurnTierName, burnTiers, type Window } from './burn-rate.ts';
import { causeAlerts } from './causes.ts';
import type { CauseAlert } from './causes/cause.ts';
import { type Journey, type JourneyId, journeys } from './journeys.ts';
import { defaultLinkBases, type LinkBases } from './links.ts';
import {
  badIncrease,
  badIncreaseByProvider,
  badRate,
  ofSlo,
  recorded,
  totalIncrease,
  totalRate,
} from './sli.ts';
import { type Slo, type SloId, slos } from './slos.ts';

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly rules: readonly (RecordingRule | AlertRule)[];
}

type NamedSlo = Slo & { readonly id: SloId };
type NamedJourney = Journey & { readonly id: JourneyId };

/**
 * Short windows often, long windows seldom: a rule over 3 d reads hundreds of times the samples of one over 5 m and
 * cannot change faster than its window. A tier is evaluated in the group that records its long window, after it.
 */
export const burnGroups = [
  { name: 'slo-fast', intervalSeconds: 5, windows: ['5m', '1h'], tiers: ['page-fast'] },
  {
    name: 'slo-medium',
    intervalSeconds: 30,
    windows: ['30m', '2h', '6h', '1d'],
    tiers: ['page-slow', 'ticket-fast'],
  },
  { name: 'slo-slow', intervalSeconds: 60, windows: ['3d'], tiers: ['ticket-slow'] },
] as const satisfies readonly {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly windows: readonly Window[];
  readonly tiers: readonly BurnTierName[];
}[];

/** As often as the drill scrapes: a cause is seen at the first scrape that shows it. */
export const causeIntervalSeconds = 2;
/** What builds up over minutes is asked for four times a minute. */
export const slowCauseIntervalSeconds = 15;

export const budgetIntervalSeconds = 60;
export const absentIntervalSeconds = 15;

function recordWindow(slo: NamedSlo, window: Window): RecordingRule[] {
  const labels = { slo: slo.id };
  return [
    { record: recorded.badRate(window), expr: badRate(slo, window), labels },
    { record: recorded.totalRate(window), expr: totalRate(slo, window), labels },
    {
      record: recorded.errorRatio(window),
      // No traffic is no ratio: a NaN here would stay in every window that covers it.
      expr: `${ofSlo(recorded.badRate(window), slo)} / (${ofSlo(recorded.totalRate(window), slo)} > 0)`,
      labels,
    },
  ];
}

const ofSteps = (series: string, { steps }: Journey) => `sum(${series}{slo=~"${steps.join('|')}"})`;

/**
 * The shares of the steps added up. No bound on walks in either direction: a shopper who was failed twice counts twice, and one
 * bad call among the several of a walk counts as a part of one.
 */
function recordJourneyWindow(journey: Journey, window: Window): RecordingRule[] {
  const labels = { slo: journey.id };
  return [
    { record: recorded.badRate(window), expr: ofSteps(recorded.badRate(window), journey), labels },
    {
      record: recorded.errorRatio(window),
      expr: `clamp_max(${ofSteps(recorded.errorRatio(window), journey)}, 1)`,
      labels,
    },
  ];
}

const budgetOf = ({ objective }: { readonly objective: number }) => Number((1 - objective).toPrecision(12));

/** Straight from the counters, so that every event weighs the same however often it was scraped. */
function recordBudget(slo: NamedSlo): RecordingRule[] {
  const labels = { slo: slo.id };
  const ratio = `${ofSlo(recorded.badIn30d, slo)} / (${ofSlo(recorded.totalIn30d, slo)} > 0)`;
  const byProvider = badIncreaseByProvider(slo, '30d');
  const events = `(${ofSlo(recorded.totalIn30d, slo)} > 0)`;
  return [
    { record: recorded.badIn30d, expr: badIncrease(slo, '30d'), labels },
    { record: recorded.totalIn30d, expr: totalIncrease(slo, '30d'), labels },
    { record: recorded.budgetRemaining, expr: `1 - ${ratio} / ${budgetOf(slo)}`, labels },
    ...(byProvider === null
      ? []
      : [
          {
            record: recorded.spentByProvider,
            expr: `${byProvider} / on() group_left() ${events} / ${budgetOf(slo)}`,
            labels,
          },
        ]),
  ];
}

/** What each step took of the journey's budget, and what they left. */
function recordJourneyBudget(journey: Journey): RecordingRule[] {
  const labels = { slo: journey.id };
  const spent = journey.steps.map((step) => {
    const slo = { id: step };
    const ratio = `${ofSlo(recorded.badIn30d, slo)} / (${ofSlo(recorded.totalIn30d, slo)} > 0)`;
    return {
      record: recorded.spentByStep,
      expr: `${ratio} / ${budgetOf(journey)}`,
      labels: { ...labels, step },
    };
  });
  return [
    { record: recorded.badIn30d, expr: ofSteps(recorded.badIn30d, journey), labels },
    ...spent,
    { record: recorded.budgetRemaining, expr: `1 - sum(${ofSlo(recorded.spentByStep, journey)})`, labels },
  ];
}

function causeRule(cause: CauseAlert, bases: LinkBases): AlertRule {
  return {
    alert: cause.name,
    expr: cause.expr,
    forSeconds: cause.forSeconds,
    ...(cause.keepFiringSeconds === undefined ? {} : { keepFiringSeconds: cause.keepFiringSeconds }),
    labels: { severity: cause.severity, team: cause.team, ...cause.labels },
    annotations: annotate(cause.name, cause.summary, cause.description, bases, cause),
  };
}

/** Every rule of the shop, in evaluation order. */
export function ruleGroups(
  objectives: readonly NamedSlo[] = slos,
  causes: readonly CauseAlert[] = causeAlerts,
  bases: LinkBases = defaultLinkBases,
  composed: readonly NamedJourney[] = journeys,
): RuleGroup[] {
  const burning = burnGroups.map(({ name, intervalSeconds, windows, tiers }) => ({
    name,
    intervalSeconds,
    rules: [
      ...objectives.flatMap((slo) => windows.flatMap((window) => recordWindow(slo, window))),
      // After its steps: a group is evaluated in order.
      ...composed.flatMap((journey) => windows.flatMap((window) => recordJourneyWindow(journey, window))),
      ...burnTiers
        .filter((tier) => (tiers as readonly BurnTierName[]).includes(tier.name))
        .flatMap((tier) => [...objectives, ...composed].map((one) => burnAlert(one, tier, bases))),
    ],
  }));
  return [
    {
      name: 'causes',
      intervalSeconds: causeIntervalSeconds,
      rules: causes.filter(({ slow }) => !slow).map((cause) => causeRule(cause, bases)),
    },
    {
      name: 'causes-slow',
      intervalSeconds: slowCauseIntervalSeconds,
      rules: causes.filter(({ slow }) => slow).map((cause) => causeRule(cause, bases)),
    },
    ...burning,
    {
      name: 'slo-budget',
      intervalSeconds: budgetIntervalSeconds,
      rules: [
        ...objectives.flatMap(recordBudget),
        ...composed.flatMap(recordJourneyBudget),
        ...[...objectives, ...composed].map((one) => exhaustedAlert(one, bases)),
      ],
    },
    {
      name: 'slo-absent',
      intervalSeconds: absentIntervalSeconds,
      rules: objectives.map((slo) => absentAlert(slo, bases)),
    },
  ];
}

export const isAlert = (rule: RecordingRule | AlertRule): rule is AlertRule => 'alert' in rule;

export const alertRules = (groups: readonly RuleGroup[]): AlertRule[] =>
  groups.flatMap((group) => group.rules.filter(isAlert));
