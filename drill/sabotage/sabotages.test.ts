// Plants find their anchors in the files as they are. Whether a drill then ends as it should is for drills to show.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../stack/places.ts';
import { checks } from '../checks.ts';
import { withDeadPanel } from './dead-panel.ts';
import { missingAlertName, withoutAlert } from './missing-alert.ts';
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

  test('dead-panel renames a label in one query and leaves JSON', async () => {
    const dashboard = await generated('dashboards/generated/checkout-overview.json');
    const edited = withDeadPanel(dashboard);
    expect(JSON.parse(edited)).toBeTypeOf('object');
    expect(edited.match(/former_/g)).toHaveLength(1);
    expect(() => withDeadPanel('{}')).toThrow('no query');
  });
});
