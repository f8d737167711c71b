import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkoutDashboardUid } from '../alerts/links.ts';
import { slos } from '../alerts/slos.ts';
import { checkoutDashboard, checkoutQueries, checkoutRows } from './checkout.ts';
import { generate, generatedDirectory } from './generate.ts';

const panels = checkoutRows.flatMap((row) => row.panels);

describe('the checkout overview', () => {
  test.each([...generate()])(
    '%s is what the code says; run `npx tsx dashboards/generate.ts`',
    (file, content) => {
      expect(readFileSync(join(generatedDirectory, file), 'utf8')).toBe(content);
      expect(content.split('\n')[1]).toContain('do not edit');
    },
  );

  test('has the uid that alerts link to', () => {
    expect(checkoutDashboard().uid).toBe(checkoutDashboardUid);
  });

  test('gives every panel and row an id of its own', () => {
    const ids = [...checkoutRows.map((row) => row.id), ...panels.map((panel) => panel.id)];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id > 0)).toBe(true);
  });

  test('says of every panel what it means and how it is measured', () => {
    for (const panel of panels) {
      expect({ id: panel.id, long: panel.description.length > 40 }).toEqual({ id: panel.id, long: true });
      expect(panel.queries.length).toBeGreaterThan(0);
    }
    for (const panel of checkoutDashboard().panels ?? []) {
      if ('fieldConfig' in panel) expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
    }
  });

  test('lays no panel over another and none outside the grid', () => {
    const taken = new Set<string>();
    for (const { gridPos } of checkoutDashboard().panels ?? []) {
      const { x, y, w, h } = gridPos!;
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          expect(taken.has(`${column},${line}`)).toBe(false);
          taken.add(`${column},${line}`);
        }
      }
    }
  });

  test('draws every latency objective at its own threshold', () => {
    const limits = panels.filter((panel) => panel.unit === 's').map((panel) => panel.limit?.value);
    for (const { sli } of slos) if (sli.kind === 'latency') expect(limits).toContain(sli.thresholdSeconds);
  });

  test('asks for no data source of its own', () => {
    expect(generate().get(`${checkoutDashboardUid}.json`)).not.toMatch(
      /"uid": "(?!\$\{datasource\}|checkout-overview)/,
    );
  });

  test('names its queries by panel and letter, each once', () => {
    const names = checkoutQueries.map((query) => `${query.panelId}${query.refId}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
