// Our objectives as OpenSLO v1 documents, for whoever reads SLOs from there.
// The specification allows one condition with one window a policy: the short window and the least number of bad events of our
// tiers have no place in it and stand in the description.
import { type Objective, teamOf } from '../burn-alerts.ts';
import { type BurnTier, burnTiers, percent } from '../burn-rate.ts';
import { journeys } from '../journeys.ts';
import { badCount, ofSlo, recorded, totalCount } from '../sli.ts';
import { slos, windowDays } from '../slos.ts';

const dataSource = 'prometheus';
const target = 'alertmanager';
const service = 'headroom-checkout';

interface OpenSloDocument {
  readonly apiVersion: 'openslo/v1';
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly displayName?: string };
  readonly spec: object;
}

const document = (
  kind: string,
  name: string,
  spec: object,
  metadata: { displayName?: string; labels?: object } = {},
): OpenSloDocument => ({ apiVersion: 'openslo/v1', kind, metadata: { name, ...metadata }, spec });

const query = (text: string) => ({
  metricSource: { metricSourceRef: dataSource, type: 'Prometheus', spec: { query: text } },
});

/** Counters where there are any; a journey is a share that the rules record. */
const ratioMetric = (objective: Objective) =>
  'steps' in objective
    ? { rawType: 'failure', raw: query(ofSlo(recorded.errorRatio('5m'), objective)) }
    : { counter: true, bad: query(badCount(objective)), total: query(totalCount(objective)) };

const policyName = (objective: Objective, tier: BurnTier) => `${objective.id}-${tier.name}`;

/** Whole minutes, and at least one: the specification knows nothing shorter. */
const minutes = (seconds: number) => `${Math.max(1, Math.ceil(seconds / 60))}m`;

function condition(objective: Objective, tier: BurnTier): OpenSloDocument {
  return document('AlertCondition', policyName(objective, tier), {
    description:
      `Also over the short window of ${tier.short}, and only from ${tier.minBadEvents} bad events in ${tier.long}; ` +
      `the rule waits ${tier.forSeconds} s.`,
    severity: tier.severity,
    condition: {
      kind: 'burnrate',
      op: 'gt',
      threshold: tier.factor,
      lookbackWindow: tier.long,
      alertAfter: minutes(tier.forSeconds),
    },
  });
}

const policy = (objective: Objective, tier: BurnTier): OpenSloDocument =>
  document('AlertPolicy', policyName(objective, tier), {
    description: `${objective.alertName}, tier ${tier.name}: the budget is spent ${tier.factor} times too fast.`,
    alertWhenNoData: false,
    alertWhenResolved: true,
    alertWhenBreaching: true,
    conditions: [{ conditionRef: policyName(objective, tier) }],
    notificationTargets: [{ targetRef: target }],
  });

export function openSloOf(objective: Objective): OpenSloDocument[] {
  const { id, title } = objective;
  return [
    document(
      'SLO',
      id,
      {
        description: `Good event: ${objective.goodEvent}.`,
        service,
        indicator: {
          metadata: { name: `${id}-sli`, displayName: title },
          spec: { ratioMetric: ratioMetric(objective) },
        },
        timeWindow: [{ duration: `${windowDays}d`, isRolling: true }],
        budgetingMethod: 'Occurrences',
        objectives: [{ displayName: percent(objective.objective), target: objective.objective }],
        alertPolicies: burnTiers.map((tier) => ({ alertPolicyRef: policyName(objective, tier) })),
      },
      { displayName: title, labels: { team: teamOf[id] } },
    ),
    ...burnTiers.flatMap((tier) => [policy(objective, tier), condition(objective, tier)]),
  ];
}

export function openSlo(): OpenSloDocument[] {
  const shared = [
    document('DataSource', dataSource, { type: 'Prometheus' }),
    document('Service', service, { description: 'The checkout of the shop, from the cart to the mail.' }),
    document('AlertNotificationTarget', target, { target: 'alertmanager' }),
  ];
  return [...shared, ...[...slos, ...journeys].flatMap(openSloOf)];
}
