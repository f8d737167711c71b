// What holds of every dashboard.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
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

  test('the checkout overview draws every latency objective at its own threshold', () => {
    const limits = panelsOf(checkout)
      .filter((panel) => panel.unit === 's')
      .map((panel) => panel.limit?.value);
    for (const { sli } of slos) if (sli.kind === 'latency') expect(limits).toContain(sli.thresholdSeconds);
  });
});
