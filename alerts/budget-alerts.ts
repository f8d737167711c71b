// What is said of an objective beside how fast it burns: that its budget is gone, and that nobody counts it any more.
import { type AlertRule, annotate } from './alert.ts';
import { type Objective, percent, teamOf } from './burn-alerts.ts';
import { burnThreshold, burnTiers, windowSeconds } from './burn-rate.ts';
import type { LinkBases } from './links.ts';
import { noEvents, ofSlo, recorded } from './sli.ts';
import { type Slo, type SloId, windowDays } from './slos.ts';

export const budgetExhausted = 'ErrorBudgetExhausted';
export const sliAbsent = 'SliMetricAbsent';

/** As in the slow tiers: a month with fewer failures is not worth a freeze, whatever their share. */
export const minBadEventsInBudget = 20;

export function exhaustedAlert(slo: Objective, bases: LinkBases): AlertRule {
  return {
    alert: budgetExhausted,
    expr: [
      `${ofSlo(recorded.budgetRemaining, slo)} <= 0`,
      `and ${ofSlo(recorded.badIn30d, slo)} >= ${minBadEventsInBudget}`,
    ].join('\n'),
    // Thirty days are memory enough.
    forSeconds: 0,
    labels: { severity: 'ticket', team: teamOf[slo.id], slo: slo.id },
    annotations: annotate(
      budgetExhausted,
      `${slo.title} has no error budget left.`,
      `What remains of the ${windowDays}-day budget is {{ $value | humanizePercentage }}; objective ${percent(slo.objective)}. ` +
        `Good event: ${slo.goodEvent}. Fires only from ${minBadEventsInBudget} bad events in ${windowDays} days.`,
      bases,
      { dashboard: 'slo', variables: { slo: slo.id }, section: slo.id },
    ),
  };
}

const fast = burnTiers[0];

/** As long as the fast page would take when everything fails: a silence is never slower than the outage it hides. */
export function absentForSeconds({ objective }: Pick<Slo, 'objective'>): number {
  const whenAllFails = burnThreshold(fast.factor, objective) * windowSeconds[fast.long];
  return Math.ceil(whenAllFails / 60) * 60;
}

export function absentAlert(slo: Slo & { readonly id: SloId }, bases: LinkBases): AlertRule {
  return {
    alert: sliAbsent,
    expr: noEvents(slo),
    forSeconds: absentForSeconds(slo),
    labels: { severity: 'page', team: teamOf[slo.id], slo: slo.id },
    annotations: annotate(
      sliAbsent,
      `Nobody counts ${slo.title.toLowerCase()} any more.`,
      `No process has emitted ${slo.sli.metric.name} for ${absentForSeconds(slo) / 60} min: it is down or not scraped, ` +
        `and no other alert of ${slo.id} can speak. Good event: ${slo.goodEvent}.`,
      bases,
      { dashboard: 'slo', variables: { slo: slo.id }, section: slo.id },
    ),
  };
}
