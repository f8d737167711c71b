// One submission in twenty takes a second and a half at either provider: no error, no breaker, no page. Only the
// absolute objective sees it.
import { providers } from '../../core/telemetry/metrics/payment.ts';
import type { Sabotage } from './sabotage.ts';

const share = 0.05;
// Above the 1 s objective, below the shop's 2 s payment timeout.
const delayMs = 1_500;

export const slowCheckout: Sabotage = {
  name: 'slow-checkout',
  breaks: `${share * 100} % of payments take ${delayMs} ms at both providers`,
  firstReason: 'slo-checkout-latency',
  exitCode: 1,
  faults: providers.map((provider) => ({
    id: `slow-checkout-${provider}`,
    provider,
    operation: 'authorize',
    mix: [{ position: 'slow', share, delayMs }],
  })),
};
