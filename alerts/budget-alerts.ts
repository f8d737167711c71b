// What is said of an objective beside how fast it burns: that its budget is gone, and that nobody counts it any more.
import { emittedBy } from '../core/telemetry/emitted.ts';
import { type Metric, type Service, serviceNames } from '../core/telemetry/metrics/metric.ts';
import { type AlertRule, annotate } from './alert.ts';
import { type Objective, teamOf } from './burn-alerts.ts';
import { burnThreshold, burnTiers, percent, windowSeconds } from './burn-rate.ts';
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

/** The service that counts what the objective needs. */
export function serviceOf({ id, sli }: Slo): Service {
  const named = sli.total.service;
  const emits = serviceNames.filter((service) =>
    emittedBy[service].some((metric: Metric) => metric.name === sli.metric.name),
  );
  const service = emits.find((one) => named === undefined || named === one);
  if (service === undefined) throw new Error(`no service emits ${sli.metric.name}, which ${id} counts`);
  return service;
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
    // Of its service ServiceDown says it once.
    labels: { severity: 'page', team: teamOf[slo.id], slo: slo.id, job: serviceOf(slo) },
    annotations: annotate(
      sliAbsent,
      `Nobody counts ${slo.title.toLowerCase()} any more.`,
      `No process of ${serviceOf(slo)} has emitted ${slo.sli.metric.name} for ${absentForSeconds(slo) / 60} min: none is scraped, or a part of it has gone, ` +
        `and no other alert of ${slo.id} can speak. Good event: ${slo.goodEvent}.`,
      bases,
      { dashboard: 'slo', variables: { slo: slo.id }, section: slo.id },
    ),
  };
}
