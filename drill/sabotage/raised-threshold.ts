// Somebody made every alert on a budget twice as deaf: the history that is close to the real threshold is far from
// this one, and the fault of a primed drill no longer takes it over.
import { parse, stringify } from 'yaml';
import { budgetExhausted } from '../../alerts/budget-alerts.ts';
import type { Sabotage } from './sabotage.ts';

const times = 2;

interface Rule {
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function raised({ alert, expr, labels }: Rule): string {
  // What is left of a budget: a whole budget below nothing is two of them spent.
  if (alert === budgetExhausted) return expr.replace(/<= 0$/m, `<= ${1 - times}`);
  return labels?.burn_tier === undefined
    ? expr
    : expr.replace(
        /> ([\d.]+)$/gm,
        (_, threshold: string) => `> ${Number((Number(threshold) * times).toPrecision(12))}`,
      );
}

export function withRaisedThresholds(text: string): string {
  const file = parse(text) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
  const groups = file.groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({ ...rule, expr: raised(rule) })),
  }));
  const edited = stringify({ ...file, groups });
  if (edited === stringify(file)) throw new Error('the rule file holds no threshold of a budget to raise');
  return edited;
}

export const raisedThreshold: Sabotage = {
  name: 'raised-threshold',
  breaks: `every alert on a budget waits for ${times} times its threshold`,
  firstReason: 'alerts-detected',
  exitCode: 1,
  // The fault of an ordinary drill is far above the threshold of its page, and above this one.
  onlyPrimed: true,
  editRules: withRaisedThresholds,
};
