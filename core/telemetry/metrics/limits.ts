// What was refused to keep the rest alive, and what was answered without its provider.
import { type Metric, serviceNames } from './metric.ts';

/** From the first to be shed to the last. */
export const priorities = ['read', 'cart', 'quote', 'submission'] as const;
export type Priority = (typeof priorities)[number];

export const requestsRefused = {
  type: 'counter',
  name: 'http_requests_refused_total',
  unit: 'requests',
  help: 'Requests answered 503 or 429 before any work, by what they were and why; pool_wait = no database connection in time.',
  labels: {
    service: serviceNames,
    priority: priorities,
    reason: ['overload', 'rate_limit', 'pool_wait'],
  },
  zeroAtBootOf: { checkout: { service: ['checkout'] }, orders: { service: ['orders'] } },
} as const satisfies Metric;

export const dependencies = ['tax', 'rates', 'fraud'] as const;

export const checkoutDegraded = {
  type: 'counter',
  name: 'checkout_degraded_total',
  unit: 'requests',
  help: 'Answers given without a provider that was away: from memory (tax, rates) or by the value limit (fraud).',
  labels: { dependency: dependencies },
  zeroAtBoot: true,
} as const satisfies Metric;
