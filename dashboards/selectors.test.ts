import { describe, expect, test } from 'vitest';
import { readSelectors } from './selectors.ts';

describe('the selectors of an expression', () => {
  test('are found in a quantile, without its functions, durations and grouping', () => {
    expect(
      readSelectors(
        'histogram_quantile(0.95, sum by (le, step) (rate(step_seconds_bucket{step=~"a|b"}[30s])))',
      ),
    ).toEqual({ selectors: ['step_seconds_bucket{step=~"a|b"}'], grouping: ['step'] });
  });

  test('are found on both sides of an operator, bare names included, each once', () => {
    expect(
      readSelectors('(sum(rate(a{x="1"}[5m])) or 0 * sum(rate(b[5m]))) / (sum(rate(b[5m])) > 0)').selectors,
    ).toEqual(['a{x="1"}', 'b']);
  });

  test('keep braces and quotes that stand in a matcher', () => {
    expect(readSelectors('max(a{x="}",y="\\"{"})').selectors).toEqual(['a{x="}",y="\\"{"}']);
  });

  test('are none in a constant', () => {
    expect(readSelectors('time() - 1e3').selectors).toEqual([]);
  });
});
