import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../profile.ts';
import {
  binomialCdf,
  exactInterval,
  kOfN,
  minimumSamples,
  quantileRankBounds,
  wilsonInterval,
} from './statistics.ts';

/** In logarithms: the first terms of a likely outcome are smaller than any number a double can hold. */
function cdfBySum(k: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i += 1) {
    logTerm += Math.log(((n - i + 1) / i) * (p / (1 - p)));
    sum += Math.exp(logTerm);
  }
  return sum;
}

describe('what a sample proves', () => {
  test('a bound of p95 needs 59 samples, of p99 299, of p99.9 2995, and exists from there on', () => {
    expect([0.95, 0.99, 0.999].map(minimumSamples)).toEqual([59, 299, 2995]);
    for (const q of [0.95, 0.99, 0.999]) {
      expect(quantileRankBounds(minimumSamples(q), q).upper).toBe(minimumSamples(q));
      expect(quantileRankBounds(minimumSamples(q) - 1, q).upper).toBeNull();
    }
  });

  test('the binomial distribution agrees with its sum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(300),
        (n, p, k) => {
          fc.pre(k < n);
          expect(binomialCdf(k, n, p)).toBeCloseTo(cdfBySum(k, n, p), 8);
        },
      ),
    );
  });

  test('ten million samples are bounded as quickly as ten, and tightly', () => {
    const { lower, upper } = quantileRankBounds(10_000_000, 0.99);
    // Standard deviation of the rank: √(n·q·(1−q)) = 315; 1.645 of them either way.
    expect(lower! - 9_900_000).toBeCloseTo(-518, -1);
    expect(upper! - 9_900_000).toBeCloseTo(518, -1);
  });

  test('the bounds hold the true quantile about as often as they say', () => {
    const random = seededRandom(7);
    const trials = 2000;
    let below = 0;
    let above = 0;
    for (let i = 0; i < trials; i += 1) {
      const sample = Array.from({ length: 400 }, random).sort((a, b) => a - b);
      const { lower, upper } = quantileRankBounds(400, 0.99);
      if (sample[upper! - 1]! >= 0.99) above += 1;
      if (sample[lower! - 1]! <= 0.99) below += 1;
    }
    expect(above / trials).toBeGreaterThan(0.94);
    expect(below / trials).toBeGreaterThan(0.94);
  });

  test('exact bounds: the rule of three, and known values', () => {
    expect(exactInterval(0, 1000).high).toBeCloseTo(0.002991, 5);
    expect(exactInterval(1000, 1000).low).toBeCloseTo(1 - 0.002991, 5);
    expect(exactInterval(5, 100).low).toBeCloseTo(0.01991, 4);
    expect(exactInterval(0, 0)).toEqual({ low: 0, high: 1 });
  });

  test('five of five drills still leave doubt', () => {
    expect(wilsonInterval(5, 5).low).toBeCloseTo(0.5655, 3);
    expect(kOfN(5, 5)).toBe('5 of 5 (100 %, 95 % interval 57–100 %)');
    expect(kOfN(0, 0)).toBe('0 of 0');
  });
});
