// Plants in a dashboard what a rule is against.
import { expect } from 'vitest';
import { documents } from './lint.ts';

const all = documents();

// biome-ignore lint/suspicious/noExplicitAny: what is planted is not what the types allow
export type Loose = any;

export const planted = (uid: string, plant: (document: Loose, panel: (id: number) => Loose) => void) => {
  const document = structuredClone(all.find((one) => one.uid === uid)) as Loose;
  plant(document, (id) => document.panels.find((one: Loose) => one.id === id));
  return document;
};
export const rewrite = (panel: Loose, from: string, to: string) => {
  expect(panel.targets[0].expr).toContain(from);
  panel.targets[0].expr = panel.targets[0].expr.replace(from, to);
};

/** Rule, what is planted in the checkout overview, and what must be said of it. */
export type Twin = readonly [string, string, Parameters<typeof planted>[1], RegExp];
