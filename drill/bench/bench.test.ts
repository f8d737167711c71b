import { expect, test } from 'vitest';
import { benchText } from './bench.ts';
import { rowOf } from './row.ts';

const name = (name: string) => ({ name, unit: 'ms', note: 'side by side' });

test('the table says for each row what was measured, what it must be, and whether it is', () => {
  const text = benchText([
    rowOf(name('met'), { better: 'lower', required: 0.1, stretch: 0.05 }, [{ ours: 9, reference: 100 }]),
    rowOf(name('missed'), { better: 'higher', required: 3, stretch: 5 }, [{ ours: 2, reference: 1 }]),
    rowOf(name('beside'), { better: 'higher', required: null, stretch: null }, [{ ours: 2, reference: 1 }]),
  ]);
  const [, met, missed, beside] = text.split('\n');
  expect(met).toMatch(/^met +9\.00 +100 +0\.09 +0\.09–0\.09 \(1\) +≤ 0\.10 \(0\.05\) +met$/);
  expect(missed).toMatch(/≥ 3\.00 \(5\.00\) +missed$/);
  expect(beside).toMatch(/–$/);
  expect(text).toContain('met: ms; side by side');
});
