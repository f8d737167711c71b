// Every alert: by promtool, by its mutants, and live. Pure.
import type { AlertRule } from '../../alerts/alert.ts';
import { proofName } from '../../alerts/proofs/suite.ts';
import { alertRules, ruleGroups } from '../../alerts/rules.ts';
import { experiments } from '../../chaos/experiments/experiments.ts';
import { canBePrimed } from '../primed/named.ts';
import { fingerprintsIn, fingerprintsNow } from './fingerprints.ts';
import type { ProofRecord } from './record.ts';
import { recordLooks } from './records.ts';
import type { ProvenRun } from './runs.ts';
import { decidingLooks, type Look, stateOf, type Subject } from './subject.ts';

interface Named {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels that tell the rules of one name apart. */
const telling = (rule: AlertRule, all: readonly AlertRule[]) =>
  ['burn_tier', 'slo'].filter(
    (label) =>
      new Set(all.filter(({ alert }) => alert === rule.alert).map(({ labels }) => labels[label])).size > 1,
  );

function speaksOf(rule: AlertRule, all: readonly AlertRule[]) {
  const labels = telling(rule, all);
  return ({ name, labels: heard }: Named) =>
    name === rule.alert && labels.every((label) => heard[label] === rule.labels[label]);
}

/** In a run without sabotage: what was promised of the alert, or else that it spoke at all. */
function liveLooks(rule: AlertRule, all: readonly AlertRule[], run: ProvenRun, same: boolean): Look[] {
  const own = speaksOf(rule, all);
  const look = (outcome: Look['outcome'], detail: string): Look => {
    const { started_ms: at_ms, run_id: where } = run.run;
    return { how: 'fired live', at_ms, where, outcome, detail, same };
  };
  const promised = run.verdict.alerts
    .filter(own)
    .flatMap(({ kind, detect_seconds, budget_seconds, experiment }) => {
      const primed = run.run.primed === undefined ? '' : ', after a primed history';
      const budget = `budget ${budget_seconds.toFixed(1)} s, in ${experiment}${primed}`;
      if (kind === 'detected') return [look('proven', `after ${detect_seconds!.toFixed(1)} s, ${budget}`)];
      if (kind === 'late') return [look('failed', `late: after ${detect_seconds!.toFixed(1)} s, ${budget}`)];
      return kind === 'missing' ? [look('failed', `not heard, ${budget}`)] : [];
    });
  if (promised.length > 0)
    return promised
      .filter(({ outcome }) => outcome === 'failed')
      .concat(promised)
      .slice(0, 1);
  const falseAlarm = run.verdict.false_alarms.some(({ alert }) => alert === rule.alert);
  const spoke =
    !falseAlarm && run.deliveries.some((delivery) => delivery.status === 'firing' && own(delivery));
  return spoke ? [look('proven', 'heard, though no experiment promised it')] : [];
}

function notesOf(rule: AlertRule, all: readonly AlertRule[], looks: readonly Look[]): string[] {
  const own = speaksOf(rule, all);
  if (looks.some(({ how }) => how === 'fired live')) return [];
  const promising = experiments.filter(({ expectAlerts }) =>
    expectAlerts.some(({ name, labels = {} }) => own({ name, labels })),
  );
  if (promising.length > 0)
    return [`never fired live: ${promising.map(({ id }) => id).join(', ')} would show it (headroom drill)`];
  const primed = `headroom drill --primed ${proofName({ alert: rule })}`;
  return canBePrimed(rule)
    ? [`never fired live: a primed history would show it (${primed})`]
    : ['never fired live: no experiment promises it'];
}

export function alertSubjects(runs: readonly ProvenRun[], records: readonly ProofRecord[]): Subject[] {
  const all = alertRules(ruleGroups());
  const now = fingerprintsNow();
  const healthy = runs.filter(({ run }) => run.sabotage === null);
  const then = new Map(healthy.map((run) => [run, fingerprintsIn(run.rules)]));
  return all.map((rule) => {
    const name = proofName({ alert: rule });
    const hash = now.get(name)!;
    const looks = decidingLooks([
      ...recordLooks(records, { kind: 'alert', name, hash }),
      ...healthy.flatMap((run) => liveLooks(rule, all, run, then.get(run)!.get(name) === hash)),
    ]);
    const state = stateOf(looks);
    const failedLive = looks.some(
      ({ how, outcome, same }) => same && how === 'fired live' && outcome === 'failed',
    );
    const next = failedLive ? 'headroom drill' : `headroom alerts prove --only ${name}`;
    const notes = notesOf(rule, all, looks);
    return { kind: 'alert', name, state, looks, notes, next: state === 'proven' ? null : next };
  });
}
