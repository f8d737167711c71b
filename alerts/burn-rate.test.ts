import { describe, expect, test } from 'vitest';
import { burnThreshold, burnTiers, windowSeconds } from './burn-rate.ts';

describe('burn rate', () => {
  test('every factor is its share of the 30-day budget over its long window, and short is a twelfth of long', () => {
    const shares = { 'page-fast': 0.02, 'page-slow': 0.05, 'ticket-fast': 0.1, 'ticket-slow': 0.1 };
    for (const tier of burnTiers) {
      expect(tier.factor).toBeCloseTo(
        (shares[tier.name] * windowSeconds['30d']) / windowSeconds[tier.long],
        9,
      );
      expect(windowSeconds[tier.short]).toBe(windowSeconds[tier.long] / 12);
    }
  });

  test('a threshold is written as a person would write it', () => {
    expect(burnThreshold(14.4, 0.999)).toBe(0.0144);
  });

  test('a burn that cannot happen is refused with the lowest objective that works', () => {
    expect(() => burnThreshold(14.4, 0.93)).toThrow('raise the objective above 93.06 %');
    expect(() => burnThreshold(14.4, 1)).toThrow('not between 0 and 1');
  });
});
