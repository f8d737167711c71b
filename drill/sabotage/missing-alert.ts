// A rule that everybody believes in was never deployed.
import { parse, stringify } from 'yaml';
import type { Sabotage } from './sabotage.ts';

export const missingAlertName = 'PaymentProviderTimeouts';

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string }[] }[];
}

export function withoutAlert(text: string, alert: string): string {
  const rules = parse(text) as RuleFile;
  const groups = rules.groups.map((group) => ({
    ...group,
    rules: group.rules.filter((rule) => rule.alert !== alert),
  }));
  const count = (file: RuleFile) => file.groups.flatMap((group) => group.rules).length;
  if (count({ groups }) === count(rules)) throw new Error(`the rule file holds no ${alert} to take away`);
  return stringify({ ...rules, groups: groups.filter((group) => group.rules.length > 0) });
}

export const missingAlert: Sabotage = {
  name: 'missing-alert',
  breaks: `the rule ${missingAlertName} is missing from the rule file`,
  firstReason: 'alerts-detected',
  exitCode: 1,
  editRules: (text) => withoutAlert(text, missingAlertName),
};
