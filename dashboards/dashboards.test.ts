// What holds of every dashboard.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dashboardUids } from '../alerts/links.ts';
import { alertRules, ruleGroups } from '../alerts/rules.ts';
import { slos } from '../alerts/slos.ts';
import { panelsOf } from './board.ts';
import { boards } from './boards.ts';
import { checkout } from './checkout.ts';
import { generate, generatedDirectory } from './generate.ts';

const generated = generate();

describe('dashboards', () => {
  test.each([...generated])(
    '%s is what the code says; run `headroom dashboards generate`',
    (file, content) => {
      expect(readFileSync(join(generatedDirectory, file), 'utf8')).toBe(content);
      expect(content.split('\n')[1]).toContain('do not edit');
    },
  );

  test('there is no file of a dashboard that the code no longer defines', () => {
    expect(readdirSync(generatedDirectory).sort()).toEqual([...generated.keys()].sort());
  });

  test('every one has a name and a title of its own', () => {
    expect(new Set(boards.map(({ name }) => name)).size).toBe(boards.length);
    expect(new Set(boards.map(({ title }) => title)).size).toBe(boards.length);
  });

  test('every alert leads to one of them, and hands over only what its reader can choose there', () => {
    const links = alertRules(ruleGroups()).map(({ annotations }) => new URL(annotations.dashboard_url));
    const lost = links.filter(({ pathname, searchParams }) => {
      const board = boards.find(({ name }) => pathname === `/d/${dashboardUids[name]}`);
      const choices = board?.choices.map(({ label }) => `var-${label}`);
      return choices === undefined || [...searchParams.keys()].some((key) => !choices.includes(key));
    });
    expect(links.length).toBeGreaterThan(80);
    expect(lost.map(({ href }) => href)).toEqual([]);
  });

  test('the checkout overview draws every latency objective at its own threshold', () => {
    const limits = panelsOf(checkout)
      .filter((panel) => panel.unit === 's')
      .map((panel) => panel.limit?.value);
    for (const { sli } of slos) if (sli.kind === 'latency') expect(limits).toContain(sli.thresholdSeconds);
  });
});
