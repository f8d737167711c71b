// Part of the payments take a second and a half at either provider: no error, no breaker, nothing but time. Not part of a
// game day, whose fault is over before a slow alert could know: it is the fault of primed drills.
import { providers } from '../../core/telemetry/metrics/payment.ts';
import { brokenPromises } from './broken-promises.ts';
import type { Experiment } from './experiment.ts';

// Above the 1 s objective, below the shop's 2 s payment timeout.
const delayMs = 1_500;

export const slowPayments = (share: number): Experiment => ({
  id: 'slow-payments',
  hypothesis:
    'Slow payments cost time and budget, and nothing else: nobody is charged twice, no order is lost, and whoever watches the budget is told within the computed time.',
  faults: providers.map((provider) => ({
    id: `slow-${provider}`,
    provider,
    operation: 'authorize',
    mix: [{ position: 'slow', share, delayMs }],
  })),
  steadyState: { minSubmissions: 20, minGoodShare: 0.98 },
  abort: { maxInvariantViolations: 0, minGoodShare: 0.5, forSeconds: 15 },
  minBites: 5,
  expectAlerts: [],
  mustStaySilent: brokenPromises,
  customersStillCan: 'buy as ever; some wait a second and a half longer for the answer',
  runbook: 'alerts/runbooks/CheckoutLatencyBurn.md',
});
