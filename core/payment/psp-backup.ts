// Takes orders while the primary's breaker is open, and those the primary is proven not to have executed.
import type { Psp } from './psp.ts';

export const pspBackup: Psp = {
  provider: 'psp-backup',
  baseUrl: (config) => config.PSP_BACKUP_URL,
  notExecuted: [503],
  refused: [400, 422],
  keyReused: 'key_reused',
  referenceVoided: 'reference_voided',
  alreadyCaptured: 'already_captured',
  idempotent: { authorize: true, capture: false, refund: false },
  fee: { basisPoints: 190, fixedMinor: 25, lostDisputeMinor: 2_000 },
};
