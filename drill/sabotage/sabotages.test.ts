// Plants find their anchors in the files as they are. Whether a drill then ends as it should is for drills to show.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../stack/places.ts';
import { parse } from 'yaml';
import { checks } from '../checks.ts';
import { settle } from '../options.ts';
import { budgetRules } from '../primed/budget-rules.ts';
import { withDeadPanel } from './dead-panel.ts';
import { missingAlertName, withoutAlert } from './missing-alert.ts';
import { withRaisedThresholds } from './raised-threshold.ts';
import { sabotageNamed, sabotages } from './sabotages.ts';

const generated = (path: string) => readFile(join(packageRoot, path), 'utf8');

describe('sabotages', () => {
  test('each has its own name and a check of the closed list that must say so first', () => {
    expect(new Set(sabotages.map((sabotage) => sabotage.name)).size).toBe(sabotages.length);
    for (const { firstReason, exitCode } of sabotages)
      expect(exitCode).toBe(checks[firstReason] === 'validity' ? 4 : 1);
  });

  test('an unknown one is a usage error that lists the known ones', () => {
    expect(() => sabotageNamed('gremlins')).toThrow(/lost-idempotency-key/);
  });

  test('missing-alert takes one rule away and leaves the rest', async () => {
    const rules = await generated('alerts/generated/rules.yml');
    const count = (text: string) => text.match(/^\s*-? ?alert: /gm)?.length ?? 0;
    const edited = withoutAlert(rules, missingAlertName);
    expect(count(edited)).toBe(count(rules) - 1);
    expect(edited).not.toContain(`alert: ${missingAlertName}\n`);
    expect(() => withoutAlert(edited, missingAlertName)).toThrow('holds no');
  });

  test('raised-threshold moves every threshold of a budget and nothing else', async () => {
    const rules = await generated('alerts/generated/rules.yml');
    const alertsIn = (text: string) =>
      (parse(text) as { groups: { rules: Record<string, unknown>[] }[] }).groups
        .flatMap((group) => group.rules)
        .filter((rule) => rule.alert !== undefined);
    const [before, after] = [alertsIn(rules), alertsIn(withRaisedThresholds(rules))];
    const moved = after.filter((rule, at) => rule.expr !== before[at]!.expr);
    expect(moved).toHaveLength(budgetRules.length);
    const page = moved.find(({ alert }) => alert === 'CheckoutLatencyBurn')!;
    // 14.4 × 1 % × 2, in both windows; the least number of bad events stays.
    expect(String(page.expr).match(/> [\d.]+/g)).toEqual(['> 0.288', '> 0.288']);
    expect(() => withRaisedThresholds('groups: []')).toThrow('no threshold');
  });

  test('raised-threshold is refused where no ordinary fault would find it', async () => {
    await expect(settle({ sabotage: 'raised-threshold' })).rejects.toThrow('add --primed <alert>');
    const primed = 'CheckoutLatencyBurn.page-fast';
    expect(await settle({ sabotage: 'raised-threshold', primed, short: true })).toMatchObject({
      primed: { rule: { name: primed } },
      gameDay: [{ experiment: 'slow-payments' }],
    });
  });

  test('dead-panel renames a label in one query and leaves JSON', async () => {
    const dashboard = await generated('dashboards/generated/checkout-overview.json');
    const edited = withDeadPanel(dashboard);
    expect(JSON.parse(edited)).toBeTypeOf('object');
    expect(edited.match(/former_/g)).toHaveLength(1);
    expect(() => withDeadPanel('{}')).toThrow('no query');
  });
});
