// What each alert needs to be heard, as data: the experiment planner computes time to detect from it.
import { groupWaitSeconds } from './alertmanager.ts';
import { absentForSeconds, budgetExhausted, sliAbsent } from './budget-alerts.ts';
import type { Objective } from './burn-alerts.ts';
import { type BurnTierName, burnTiers, type Severity, windowSeconds } from './burn-rate.ts';
import { causeAlerts } from './causes.ts';
import { journeys } from './journeys.ts';
import {
  absentIntervalSeconds,
  budgetIntervalSeconds,
  burnGroups,
  causeIntervalSeconds,
  slowCauseIntervalSeconds,
} from './rules.ts';
import { slos } from './slos.ts';

interface Timing {
  readonly name: string;
  readonly severity: Severity;
  readonly forSeconds: number;
  readonly evaluationSeconds: number;
  readonly groupWaitSeconds: number;
}
interface BurnTiming extends Timing {
  readonly kind: 'burn';
  readonly slo: Objective['id'];
  readonly burnTier: BurnTierName;
  readonly factor: number;
  readonly objective: number;
  readonly longWindowSeconds: number;
  readonly minBadEvents: number;
}
interface ThresholdTiming extends Timing {
  readonly kind: 'threshold';
  readonly rateWindowSeconds: number;
  /** Of an alert that every objective has. */
  readonly slo?: Objective['id'];
}
export type AlertTiming = BurnTiming | ThresholdTiming;

function intervalOf(tier: BurnTierName): number {
  const group = burnGroups.find(({ tiers }) => (tiers as readonly BurnTierName[]).includes(tier));
  if (group === undefined) throw new Error(`no rule group evaluates the tier ${tier}`);
  return group.intervalSeconds;
}

export function alertTimings(): AlertTiming[] {
  const objectives: readonly Objective[] = [...slos, ...journeys];
  const burns = objectives.flatMap((slo) =>
    burnTiers.map(
      (tier): BurnTiming => ({
        kind: 'burn',
        name: slo.alertName,
        severity: tier.severity,
        slo: slo.id,
        burnTier: tier.name,
        factor: tier.factor,
        objective: slo.objective,
        longWindowSeconds: windowSeconds[tier.long],
        minBadEvents: tier.minBadEvents,
        forSeconds: tier.forSeconds,
        evaluationSeconds: intervalOf(tier.name),
        groupWaitSeconds: groupWaitSeconds[tier.severity],
      }),
    ),
  );
  const causes = causeAlerts.map(
    (cause): ThresholdTiming => ({
      kind: 'threshold',
      name: cause.name,
      severity: cause.severity,
      forSeconds: cause.forSeconds,
      evaluationSeconds: cause.slow ? slowCauseIntervalSeconds : causeIntervalSeconds,
      groupWaitSeconds: groupWaitSeconds[cause.severity],
      rateWindowSeconds: cause.rateWindowSeconds,
    }),
  );
  const exhausted = objectives.map(
    ({ id }): ThresholdTiming => ({
      kind: 'threshold',
      name: budgetExhausted,
      slo: id,
      severity: 'ticket',
      forSeconds: 0,
      evaluationSeconds: budgetIntervalSeconds,
      groupWaitSeconds: groupWaitSeconds.ticket,
      rateWindowSeconds: windowSeconds['30d'],
    }),
  );
  const absent = slos.map(
    (slo): ThresholdTiming => ({
      kind: 'threshold',
      name: sliAbsent,
      slo: slo.id,
      severity: 'page',
      forSeconds: absentForSeconds(slo),
      evaluationSeconds: absentIntervalSeconds,
      groupWaitSeconds: groupWaitSeconds.page,
      rateWindowSeconds: 0,
    }),
  );
  return [...burns, ...exhausted, ...absent, ...causes];
}
