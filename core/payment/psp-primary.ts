// The first choice for every order.
import type { Psp } from './psp.ts';

export const pspPrimary: Psp = {
  provider: 'psp-primary',
  baseUrl: (config) => config.PSP_PRIMARY_URL,
  notExecuted: [503],
  refused: [400, 422],
  keyReused: 'key_reused',
  referenceVoided: 'reference_voided',
  alreadyCaptured: 'already_captured',
  idempotent: { authorize: true, capture: true, refund: true },
  fee: { basisPoints: 140, fixedMinor: 20, lostDisputeMinor: 1_500 },
};
