// The closed list of checks a verdict can name. Adding one is adding it here, with the sabotage that turns it red.
import type { CheckKind } from '../loadtests/gate/verdict.ts';

export const checks = {
  // Invariants: broken is no-go whatever else.
  'double-charge': 'invariant',
  oversell: 'invariant',
  'lost-order': 'invariant',
  'captured-without-order': 'invariant',
  'mail-exactly-once': 'invariant',
  'unknown-payment-left': 'invariant',
  'dead-letter-left': 'invariant',
  'ledger-shoppers': 'invariant',
  'ledger-providers': 'invariant',
  'ledger-database': 'invariant',
  'ledger-mailbox': 'invariant',
  // Validity: a run that fails one says nothing about the shop.
  'generator-kept-up': 'validity',
  'replay-fidelity': 'validity',
  'machine-had-headroom': 'validity',
  'clock-steady': 'validity',
  // Evidence: without it nothing was proven.
  'phases-completed': 'evidence',
  'samples-sufficient': 'evidence',
  'queues-drained': 'evidence',
  'history-backfilled': 'evidence',
  'traces-whole': 'evidence',
  // Objectives and detection: missed is no-go.
  'slo-checkout-availability': 'objective',
  'slo-checkout-latency': 'objective',
  'slo-cart': 'objective',
  'slo-quote': 'objective',
  'slo-inventory-read': 'objective',
  'slo-payment-authorization': 'objective',
  'slo-payment-latency-primary': 'objective',
  'slo-order-creation': 'objective',
  'slo-pipeline-freshness': 'objective',
  'slo-notification': 'objective',
  'submission-p95': 'objective',
  'submission-p99': 'objective',
  'alerts-detected': 'detection',
  'alerts-silent': 'detection',
  'dashboard-live': 'detection',
  'signals-told': 'detection',
  'faults-undone': 'detection',
  'hypothesis-held': 'detection',
  // Game day: without it the faults proved nothing, but an unhealthy shop that never let it begin is no-go all the same.
  'steady-state': 'game-day',
  'faults-bit': 'game-day',
} as const satisfies Record<string, CheckKind>;

export type CheckName = keyof typeof checks;
