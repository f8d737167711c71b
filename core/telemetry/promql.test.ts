import { describe, expect, test } from 'vitest';
import { checkoutSubmissions } from './metrics/checkout.ts';
import { httpServerRequestDuration } from './metrics/http.ts';
import { leMatcher, quantile, selector } from './promql.ts';

describe('PromQL over the catalogue', () => {
  test('a selector names the metric and its matchers', () => {
    expect(selector(checkoutSubmissions, { outcome: 'placed' })).toBe(
      'checkout_submissions_total{outcome="placed"}',
    );
    expect(selector(checkoutSubmissions, { outcome: ['error', 'overloaded'] })).toBe(
      'checkout_submissions_total{outcome=~"error|overloaded"}',
    );
  });

  test('a whole-second bucket edge matches Prometheus 2 and 3', () => {
    expect(leMatcher(1)).toBe('le=~"1(\\\\.0)?"');
    expect(leMatcher(0.3)).toBe('le="0.3"');
  });

  test('a quantile sums buckets before it takes the quantile', () => {
    expect(quantile(0.99, httpServerRequestDuration, '5m', { service: 'checkout' })).toBe(
      'histogram_quantile(0.99, sum by (le) (rate(http_server_request_duration_seconds_bucket{service="checkout"}[5m])))',
    );
  });
});
