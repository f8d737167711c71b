// SLO × tier → one alert. Both windows must burn, and enough must have gone wrong to be worth a person's time.
import { type AlertRule, annotate, type Team } from './alert.ts';
import { type BurnTier, burnThreshold, percent, windowSeconds } from './burn-rate.ts';
import { labelOfAlert, type LinkBases } from './links.ts';
import { ofSlo, recorded } from './sli.ts';
import type { Journey, JourneyId } from './journeys.ts';
import { type Slo, type SloId, windowDays } from './slos.ts';

/** What can burn a budget: an objective, or a journey composed of several. */
export type Objective = (Slo & { readonly id: SloId }) | (Journey & { readonly id: JourneyId });

export const teamOf: Readonly<Record<Objective['id'], Team>> = {
  'checkout-availability': 'checkout',
  'checkout-latency': 'checkout',
  'payment-authorization': 'payments',
  'order-creation': 'orders',
  cart: 'checkout',
  quote: 'checkout',
  'payment-latency-primary': 'payments',
  'payment-latency-backup': 'payments',
  'inventory-read': 'orders',
  'pipeline-freshness': 'platform',
  notification: 'platform',
  'checkout-journey': 'checkout',
};

function burnExpr(slo: Objective, tier: BurnTier): string {
  const threshold = burnThreshold(tier.factor, slo.objective);
  const badEvents = `${ofSlo(recorded.badRate(tier.long), slo)} * ${windowSeconds[tier.long]}`;
  return [
    `${ofSlo(recorded.errorRatio(tier.long), slo)} > ${threshold}`,
    `and ${ofSlo(recorded.errorRatio(tier.short), slo)} > ${threshold}`,
    `and ${badEvents} >= ${tier.minBadEvents}`,
  ].join('\n');
}

/** A journey's page says which step spoils it; one clause a step, so that the order never changes. */
function badByStep(slo: Objective, tier: BurnTier): string {
  if (!('steps' in slo)) return '';
  const clauses = slo.steps.map((step) => {
    const series = ofSlo(recorded.errorRatio(tier.long), { id: step }).replaceAll('"', '\\"');
    return `${step} {{ with query "${series}" }}{{ . | first | value | humanizePercentage }}{{ else }}unused{{ end }}`;
  });
  return ` Bad by step: ${clauses.join(', ')}.`;
}

export function burnAlert(slo: Objective, tier: BurnTier, bases: LinkBases): AlertRule {
  const emptyIn = windowDays / tier.factor;
  const remaining = emptyIn >= 3 ? `${Math.round(emptyIn)} days` : `${Math.round(emptyIn * 24)} hours`;
  return {
    alert: slo.alertName,
    expr: burnExpr(slo, tier),
    forSeconds: tier.forSeconds,
    labels: { severity: tier.severity, team: teamOf[slo.id], slo: slo.id, burn_tier: tier.name },
    annotations: annotate(
      slo.alertName,
      `${slo.title} is spending its error budget ${tier.factor} times too fast.`,
      `{{ $value | humanizePercentage }} of events in ${tier.long} were bad, objective ${percent(slo.objective)}; at this speed the ` +
        `${windowDays}-day budget is gone in ${remaining} or less. Good event: ${slo.goodEvent}. ` +
        `Fires only from ${tier.minBadEvents} bad events in ${tier.long}.${badByStep(slo, tier)}`,
      bases,
      { dashboard: 'slo', variables: { slo: labelOfAlert('slo') } },
    ),
  };
}
