import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { burnThreshold, burnTiers, secondsToBurn, windowSeconds } from './burn-rate.ts';

const healthy = { historyBadShare: 0.00002, minBadEvents: 10, longWindowSeconds: 3_600 };

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

  test('a full outage at steady traffic is paged after 52 s at 99.9 % and after 8.6 min at 99 %', () => {
    const traffic = {
      ...healthy,
      factor: 14.4,
      historyPerSecond: 10,
      loadPerSecond: 10,
      badShare: 1,
      historyBadShare: 0,
    };
    expect(secondsToBurn({ ...traffic, objective: 0.999 })).toBeCloseTo(51.84, 1);
    expect(secondsToBurn({ ...traffic, objective: 0.99 })).toBeCloseTo(518.4, 0);
  });

  test('a bad share below the threshold never pages', () => {
    const traffic = {
      ...healthy,
      factor: 14.4,
      objective: 0.999,
      historyPerSecond: 1,
      loadPerSecond: 1,
      badShare: 0.01,
    };
    expect(secondsToBurn(traffic)).toBe(Number.POSITIVE_INFINITY);
  });

  test('the computed second is the one at which the window ratio crosses the threshold', () => {
    const shares = fc.record({
      historyPerSecond: fc.double({ min: 0.1, max: 50, noNaN: true }),
      loadPerSecond: fc.double({ min: 0.1, max: 50, noNaN: true }),
      badShare: fc.double({ min: 0.05, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(shares, (share) => {
        const traffic = { ...healthy, ...share, factor: 14.4, objective: 0.999, minBadEvents: 0 };
        const seconds = secondsToBurn(traffic);
        if (!Number.isFinite(seconds)) return;
        const before = share.historyPerSecond * (3_600 - seconds);
        const during = share.loadPerSecond * seconds;
        const ratio = (before * traffic.historyBadShare + during * share.badShare) / (before + during);
        expect(ratio).toBeCloseTo(0.0144, 6);
      }),
    );
  });
});
