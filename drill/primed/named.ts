// `--primed <alert>`: the alert by the name that `headroom alerts` gives it, and why another cannot be primed.
import { sliAbsent } from '../../alerts/budget-alerts.ts';
import { proofName } from '../../alerts/proofs/suite.ts';
import type { AlertRule } from '../../alerts/alert.ts';
import { alertRules, ruleGroups } from '../../alerts/rules.ts';
import { experiments } from '../../chaos/experiments/experiments.ts';
import { UsageError } from '../../stack/usage-error.ts';
import { budgetRules } from './budget-rules.ts';
import { stepsOf } from './course.ts';
import { nearest } from './nearest.ts';
import { type PrimedDrill, type PrimedTimes, prime } from './prime.ts';
import { spoilersOf } from './spoilers.ts';

const everyAlert = alertRules(ruleGroups());
const nameOf = (alert: AlertRule) => proofName({ alert });

/** Whether a fault spoils it at all; whether one does in time is for the plan of a drill to say. */
export const canBePrimed = (alert: AlertRule): boolean =>
  budgetRules.some(
    ({ name, objective }) => name === proofName({ alert }) && spoilersOf(stepsOf(objective)).length > 0,
  );

export function primedNamed(name: string, times: PrimedTimes): PrimedDrill {
  const rule = budgetRules.find((one) => one.name === name);
  if (rule === undefined) throw new UsageError(`--primed ${name}: ${whyNot(name)}`);
  const primable = prime(rule, times);
  if (primable.kind === 'primed') return primable.drill;
  throw new UsageError(
    `--primed ${name} could not prove it:\n${primable.reasons.map((reason) => `  ${reason}`).join('\n')}`,
  );
}

function whyNot(name: string): string {
  const several = budgetRules.filter(({ alert }) => alert === name).map((rule) => rule.name);
  if (several.length > 0) return `say which: ${several.join(', ')}`;
  const known = everyAlert.find((alert) => nameOf(alert) === name || alert.alert === name);
  if (known !== undefined) return `it has no budget that a history could spend; ${provenBy(known)}`;
  const meant = nearest(
    name,
    [...budgetRules, ...everyAlert.map((alert) => ({ name: nameOf(alert) }))].map((one) => one.name),
  );
  const more = 'headroom drill --primed list names what can be primed';
  return meant === null
    ? `there is no such alert; ${more}`
    : `there is no such alert. Did you mean ${meant}? ${more}`;
}

function provenBy(alert: AlertRule): string {
  const promising = experiments.filter(({ expectAlerts }) =>
    expectAlerts.some((one) => one.name === alert.alert),
  );
  const live = promising.map(({ id }) => id).join(', ');
  const prove = `headroom alerts prove --only ${alert.alert === sliAbsent ? sliAbsent : nameOf(alert)} proves it`;
  return live === '' ? prove : `${live} in an ordinary drill shows it live, and ${prove}`;
}
