// Every proof there is: one for each alert of the generated rules, or an error that says which is missing.
import { alertRules, ruleGroups } from '../rules.ts';
import { absenceProofs } from './absence-proofs.ts';
import { budgetProofs } from './budget-proofs.ts';
import { burnProofs } from './burn-proofs.ts';
import { causeProofs } from './cause-proofs.ts';
import type { RangeEdge } from './counters.ts';
import { type AlertProof, type ProofKind, proofKinds, proofName } from './suite.ts';

/** What an alert cannot show, and why. */
const exempted: Readonly<Record<string, { readonly kinds: readonly ProofKind[]; readonly reason: string }>> =
  {
    Watchdog: {
      kinds: proofKinds.filter((kind) => kind !== 'just above'),
      reason: 'it always fires and reads no metric',
    },
  };

/** As they are told, each or not. */
export function toldProofs(edge: RangeEdge): AlertProof[] {
  const groups = ruleGroups();
  return [
    ...burnProofs(groups, edge),
    ...budgetProofs(groups, edge),
    ...absenceProofs(groups, edge),
    ...causeProofs(groups, edge),
  ];
}

export function allProofs(edge: RangeEdge): AlertProof[] {
  const proofs = toldProofs(edge);
  const gaps = [...unproven(proofs), ...proofs.flatMap(gapsOf)];
  if (gaps.length > 0) throw new Error(`these alerts are not proven:\n  ${gaps.join('\n  ')}`);
  return proofs;
}

export function unproven(proofs: readonly AlertProof[]): string[] {
  const proven = new Set(proofs.map(proofName));
  return alertRules(ruleGroups())
    .map((alert) => proofName({ alert }))
    .filter((name) => !proven.has(name))
    .map((name) => `${name}: no proof of any kind`);
}

export function gapsOf(proof: AlertProof): string[] {
  const shown = new Set(proof.cases.flatMap(({ shows }) => shows));
  const cannot = exempted[proof.alert.alert]?.kinds ?? [];
  return proofKinds
    .filter((kind) => !shown.has(kind) && !cannot.includes(kind))
    .map((kind) => `${proofName(proof)}: no case shows "${kind}"`);
}
