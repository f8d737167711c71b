import { expect, test } from 'vitest';
import { median, rowOf } from './row.ts';

const name = { name: 'checkout-cpu', unit: 'ms', note: '' };
const lower = { better: 'lower', required: 0.1, stretch: 0.05 } as const;
const pair = (ours: number, reference = 100) => ({ ours, reference });

test('the ratio is the median of the pairs, so that one disturbed pair decides nothing', () => {
  const row = rowOf(name, lower, [pair(8), pair(9), pair(500)]);
  expect(row).toMatchObject({ ours: 9, reference: 100, ratio: 0.09, spread: [0.08, 5], met: true });
});

test('a lower ratio that must be low is met, a higher one is not', () => {
  expect(rowOf(name, lower, [pair(4)])).toMatchObject({ met: true, stretch_met: true });
  expect(rowOf(name, lower, [pair(7)])).toMatchObject({ met: true, stretch_met: false });
  expect(rowOf(name, lower, [pair(11)])).toMatchObject({ met: false, stretch_met: false });
});

test('a ratio that must be high is met from its bound on', () => {
  const higher = { better: 'higher', required: 3, stretch: 5 } as const;
  expect(rowOf(name, higher, [pair(300)])).toMatchObject({ met: true, stretch_met: false });
  expect(rowOf(name, higher, [pair(299)])).toMatchObject({ met: false });
});

test('a figure without a requirement is neither met nor missed', () => {
  const none = { better: 'higher', required: null, stretch: null } as const;
  expect(rowOf(name, none, [pair(1)])).toMatchObject({ met: null, stretch_met: null });
});

test('a row that measured nothing is an error, never a good figure', () => {
  expect(() => rowOf(name, lower, [])).toThrow('never measured');
  expect(() => rowOf(name, lower, [pair(0)])).toThrow('measured nothing');
  expect(() => rowOf(name, lower, [pair(1, 0)])).toThrow('measured nothing');
});

test('the median of an even count lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
