// Somebody changed one row of a ledger after it was collected. Every ledger is tried in turn; each must be named.
import type { Sabotage } from './sabotage.ts';

export const doctoredLedger: Sabotage = {
  name: 'doctored-ledger',
  breaks: 'one row of each ledger, in turn, is changed after collection; the last one stays changed',
  firstReason: 'ledger-mailbox',
  exitCode: 1,
  doctorsLedgers: true,
};
