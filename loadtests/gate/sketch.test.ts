import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accuracy, Sketch } from './sketch.ts';

const latency = fc.double({ min: 0.001, max: 3_600_000, noNaN: true });
const sketchOf = (values: readonly number[]) => {
  const sketch = new Sketch();
  for (const value of values) sketch.add(value);
  return sketch;
};

describe('the sketch', () => {
  test('every quantile is within one per cent of the exact one', () => {
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1, maxLength: 400 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, q) => {
          const exact = [...values].sort((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1]!;
          expect(Math.abs(sketchOf(values).quantile(q) - exact)).toBeLessThanOrEqual(
            exact * (accuracy + 1e-9),
          );
        },
      ),
    );
  });

  test('merging parts is the sketch of the whole, in any order', () => {
    fc.assert(
      fc.property(fc.array(latency), fc.array(latency), (a, b) => {
        const whole = sketchOf([...a, ...b]).toJSON();
        expect(Sketch.union([sketchOf(a), sketchOf(b)]).toJSON()).toEqual(whole);
        expect(Sketch.union([sketchOf(b), sketchOf(a)]).toJSON()).toEqual(whole);
      }),
    );
  });

  test('survives being written and read', () => {
    fc.assert(
      fc.property(fc.array(latency), (values) => {
        const json = sketchOf(values).toJSON();
        const again = Sketch.from(JSON.parse(JSON.stringify(json)));
        expect(again.toJSON()).toEqual(json);
        expect(again.count).toBe(values.length);
      }),
    );
  });

  test('counts what stayed within a limit, but for samples at the very edge', () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1 }), latency, (values, limit) => {
        const counted = sketchOf(values).countUpTo(limit);
        const surely = values.filter((value) => value < limit * (1 - 2 * accuracy)).length;
        const possibly = values.filter((value) => value <= limit * (1 + 2 * accuracy)).length;
        expect(counted).toBeGreaterThanOrEqual(surely);
        expect(counted).toBeLessThanOrEqual(possibly);
      }),
    );
  });

  test('no sample has no quantile, and a latency that is not one is a bug', () => {
    expect(new Sketch().quantile(0.99)).toBeNaN();
    expect(() => new Sketch().add(Number.NaN)).toThrow('latency');
    expect(() => new Sketch().add(-1)).toThrow('latency');
    expect(() => Sketch.from({ accuracy: 0.5, buckets: [] })).toThrow('accuracy');
    expect(() => Sketch.from({ accuracy, buckets: [[1, -1]] })).toThrow('not a sketch');
  });
});
