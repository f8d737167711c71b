// No payment provider takes a payment: proves that the fastest page of the tightest objective is really heard.
import { brokenPromises } from './broken-promises.ts';
import type { Experiment } from './experiment.ts';

const down = [{ position: 'before', share: 1, delayMs: 0 }] as const;

export const bothPspsDown: Experiment = {
  id: 'both-psps-down',
  hypothesis:
    'With no provider left the shop refuses payments quickly and honestly: nothing is charged, no stock stays held, no order is lost, and the page comes within its computed time.',
  faults: [
    { id: 'primary-down', provider: 'psp-primary', operation: 'authorize', mix: down },
    { id: 'backup-down', provider: 'psp-backup', operation: 'authorize', mix: down },
  ],
  steadyState: { minSubmissions: 20, minGoodShare: 0.9 },
  // Failing submissions are the experiment itself; only a broken invariant ends it early.
  abort: { maxInvariantViolations: 0, minGoodShare: 0, forSeconds: 15 },
  // The breakers open after a few, and then nothing is sent.
  minBites: 5,
  expectAlerts: [
    // Submissions that reach payment; the rest are sold out or invalid, which is not our failure.
    {
      name: 'CheckoutAvailabilityBurn',
      labels: { burn_tier: 'page-fast' },
      badShare: 0.85,
    },
  ],
  mustStaySilent: brokenPromises,
  customersStillCan:
    'browse and keep their cart; they are told that payment is not possible now and that nothing was taken',
  runbook: 'alerts/runbooks/CheckoutAvailabilityBurn.md',
};
