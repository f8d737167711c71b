// The proof that an objective nobody counts is missed: a gap shorter than `for` is a restart, a longer one is a page.
import { absentForSeconds, sliAbsent } from '../budget-alerts.ts';
import { alertRules, type RuleGroup } from '../rules.ts';
import { type Slo, type SloId, slos } from '../slos.ts';
import type { RangeEdge } from './counters.ts';
import { checksOf } from './story.ts';
import { type AlertProof, groupsFor, proofOf, type ProofCase } from './suite.ts';
import { type Counted, countersOf, type Phase, rowsOf, totals } from './traffic.ts';

/** `for` is whole minutes. */
const stepSeconds = 60;

function absence(slo: Slo & { readonly id: SloId }, edge: RangeEdge): ProofCase {
  const forSeconds = absentForSeconds(slo);
  const wait = forSeconds / stepSeconds;
  const busy = (steps: number): Phase => ({ steps, events: 1_024, bad: 0 });
  const idle = (steps: number): Phase => ({ steps, events: 0, bad: 0 });
  const gone = (steps: number): Phase => ({ ...idle(steps), gone: true });
  // Each of those it counts may be the last that somebody emits.
  const alone = Array.from({ length: rowsOf(slo) }, (_, onlyRow) => ({ ...idle(wait + 2), onlyRow }));
  const counts = slo.sli.kind === 'ratio' ? (['good', 'bad'] as const) : totals;
  // Half of what a share is made of is no share.
  const halves: Phase[] =
    slo.sli.kind === 'ratio'
      ? []
      : [busy(2), { ...idle(wait + 2), lost: 'times' }, busy(2), { ...idle(wait + 2), lost: 'counts' }];
  const phases: Phase[] = [
    busy(2),
    idle(3),
    { steps: 1, events: 1, bad: 1 },
    { ...idle(1), restart: true },
    { steps: 1, events: 1, bad: 1 },
    gone(wait),
    busy(2),
    ...alone,
    ...halves,
    busy(2),
    gone(wait + 2),
    busy(2),
  ];
  const counted = countersOf(slo, phases);
  const nobody = (some: readonly Counted['counts'][], step: number) =>
    counted.filter((one) => some.includes(one.counts)).every(({ samples }) => samples[step] === null);
  const readings = counted[0]!.samples.map((_, step) =>
    nobody(counts, step) || (slo.sli.kind === 'latency' && nobody(['good'], step)) ? 1 : null,
  );
  const name = `${sliAbsent} ${slo.id}: silent while somebody counts, after a restart and a gap just too short; fires when nobody has for ${wait} min`;
  const clock = { stepSeconds, edge };
  return {
    name,
    shows: [
      'just below',
      'just above',
      'recovery',
      'zero traffic',
      'one failure at night',
      'first event after a restart',
      'metric gone',
    ],
    stepSeconds,
    series: counted,
    checks: checksOf(
      name,
      readings,
      forSeconds,
      clock,
      Array.from({ length: halves.length === 0 ? 1 : 3 }, () => ['fires', 'over'] as const).flat(),
      [...[5, 6, 8, 8 + wait], ...alone.map((_, index) => 10 + wait + (index + 1) * (wait + 2))],
    ),
  };
}

export const absenceProofs = (groups: readonly RuleGroup[], edge: RangeEdge): AlertProof[] =>
  slos.map((slo) => {
    const alert = alertRules(groups).find((rule) => rule.alert === sliAbsent && rule.labels.slo === slo.id);
    if (alert === undefined) throw new Error(`${slo.id} has no ${sliAbsent} alert`);
    return proofOf(alert, groupsFor(alert, groups), () => [absence(slo, edge)]);
  });
