// One objective, and everything that is made of it. Nothing here is written twice: rules, proofs, exports and runbooks ask
// their own file, and this is the list of who must be asked.
import { absentAlert, exhaustedAlert } from './budget-alerts.ts';
import type { AlertRule } from './alert.ts';
import { burnAlert, type Objective } from './burn-alerts.ts';
import { burnTiers } from './burn-rate.ts';
import { criterionOf } from './export/criteria.ts';
import { openSloOf } from './export/open-slo.ts';
import { defaultLinkBases, type LinkBases } from './links.ts';
import { refuseJourney, refuseSlo } from './refusals.ts';
import { isAlert, type RecordingRule, ruleGroups } from './rules.ts';
import { runbookSections } from './runbook-sections.ts';
import { inhibitionsOf } from './alertmanager.ts';

export interface DefinedSlo {
  /** Why it could not work; empty when it can. */
  readonly refusals: readonly string[];
  readonly recordings: readonly RecordingRule[];
  readonly alerts: readonly AlertRule[];
  readonly inhibitions: ReturnType<typeof inhibitionsOf>;
  /** The generated part of its runbook. */
  readonly runbookSection: string;
  readonly openSlo: ReturnType<typeof openSloOf>;
  /** What a load test is held to; a journey is judged by its steps. */
  readonly criterion: ReturnType<typeof criterionOf> | null;
}

const refuse = (objective: Objective): string[] =>
  'steps' in objective ? refuseJourney(objective) : refuseSlo(objective);

function alertsOf(objective: Objective, bases: LinkBases): AlertRule[] {
  return [
    ...burnTiers.map((tier) => burnAlert(objective, tier, bases)),
    exhaustedAlert(objective, bases),
    ...('steps' in objective ? [] : [absentAlert(objective, bases)]),
  ];
}

/** What cannot work is refused before anything is made of it. */
export function defineSlo(objective: Objective, bases: LinkBases = defaultLinkBases): DefinedSlo {
  const refusals = refuse(objective);
  const nothing = {
    recordings: [],
    alerts: [],
    inhibitions: [],
    runbookSection: '',
    openSlo: [],
    criterion: null,
  };
  if (refusals.length > 0) return { refusals, ...nothing };
  return {
    refusals,
    recordings: ruleGroups()
      .flatMap(({ rules }) => rules)
      .filter((rule): rule is RecordingRule => !isAlert(rule) && rule.labels.slo === objective.id),
    alerts: alertsOf(objective, bases),
    inhibitions: inhibitionsOf(objective),
    runbookSection: runbookSections().get(objective.alertName) ?? '',
    openSlo: openSloOf(objective),
    criterion: 'steps' in objective ? null : criterionOf(objective),
  };
}
