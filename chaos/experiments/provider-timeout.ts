// The primary payment provider stops answering while it goes on charging.
import { brokenPromises } from './broken-promises.ts';
import type { Experiment } from './experiment.ts';

// Above the shop's 2 s payment timeout, so that every such call ends as unknown.
const afterHoldMs = 5_000;
// Charged 11 to 13 s after the call: an early "not found" is a lie, and still before the shop voids at 15 s.
const lateHoldMs = 10_000;
// Above the 1 s latency objective, below the timeout: answered, slowly.
const slowMs = 1_500;

export const providerTimeout: Experiment = {
  id: 'provider-timeout',
  hypothesis:
    'A lost answer of the payment provider never becomes a second charge: the breaker opens, new payments go to the backup, and every unknown is resolved by asking the provider.',
  faults: [
    {
      id: 'primary-authorize',
      provider: 'psp-primary',
      operation: 'authorize',
      mix: [
        { position: 'after', share: 0.3, delayMs: afterHoldMs },
        { position: 'late', share: 0.3, delayMs: lateHoldMs },
        { position: 'slow', share: 0.4, delayMs: slowMs },
      ],
    },
  ],
  steadyState: { minSubmissions: 20, minGoodShare: 0.98 },
  abort: { maxInvariantViolations: 0, minGoodShare: 0.5, forSeconds: 15 },
  // In flight when the first timeout opens the breaker: 2 s of submissions at 10/s. Fewer bites were no load.
  minBites: 15,
  expectAlerts: [
    // 60 % of the calls time out; the rule needs 5; a timeout is counted after the shop's 2 s.
    {
      name: 'PaymentProviderTimeouts',
      labels: { provider: 'psp-primary' },
      badShare: 0.5,
      minEvents: 5,
      signalDelaySeconds: 2,
    },
    // The breaker opens on a run of timeouts; 10 are enough for any sane setting.
    {
      name: 'PaymentBreakerOpen',
      labels: { provider: 'psp-primary' },
      badShare: 0.5,
      minEvents: 10,
      signalDelaySeconds: 2,
    },
    // Late charges stay unknown until they are made; reconciliation counts them in passes of 2 s.
    { name: 'UnknownPayments', badShare: 0.25, minEvents: 3, signalDelaySeconds: 4 },
  ],
  mustStaySilent: brokenPromises,
  customersStillCan:
    'browse, fill a cart and buy through the backup provider; the few caught in flight are told "confirming" and get their mail later',
  runbook: 'alerts/runbooks/PaymentProviderTimeouts.md',
};
