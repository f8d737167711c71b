// Every check a verdict can name: has a sabotage turned it red, or where there is none a planted fact, and was it green? Pure.
import type { CheckResult } from '../../loadtests/gate/verdict.ts';
import { type CheckName, checks } from '../checks.ts';
import { sabotages } from '../sabotage/sabotages.ts';
import type { VerdictRow } from '../verdict-ledger.ts';
import { sha256 } from './fingerprints.ts';
import type { ProofRecord } from './record.ts';
import { recordLooks } from './records.ts';
import type { ProvenRun } from './runs.ts';
import { decidingLooks, type Look, type Subject } from './subject.ts';

const twinTest = 'npx vitest run drill/judge.test.ts';

/** Ended as it should: what was red in it was meant to be. */
function endedAsExpected({ run, verdict }: ProvenRun): boolean {
  const sabotage = sabotages.find(({ name }) => name === run.sabotage);
  return sabotage?.firstReason === verdict.reasons[0]?.check && sabotage?.exitCode === verdict.exit_code;
}

function inRun(name: CheckName, proven: ProvenRun): Look[] {
  const { run, verdict } = proven;
  const result: CheckResult | undefined = verdict.checks.find(({ check }) => check === name);
  const head = { at_ms: run.started_ms, where: run.run_id, outcome: 'proven', same: true } as const;
  if (run.sabotage === null)
    return result?.status === 'pass' ? [{ ...head, how: 'seen green', detail: result.detail }] : [];
  return result?.status === 'fail' && endedAsExpected(proven)
    ? [{ ...head, how: 'seen red', detail: `sabotage ${run.sabotage}: ${result.detail}` }]
    : [];
}

/** Runs whose folder is gone are still remembered, with the check that came first. */
function remembered(name: CheckName, rows: readonly VerdictRow[]): Look[] {
  return rows
    .filter((row) => row.sabotage !== null && row.as_expected && !row.ended_early && row.reason === name)
    .map((row) => ({
      ...{ how: 'seen red', at_ms: Date.parse(row.at), where: row.run_id, outcome: 'proven', same: true },
      detail: `sabotage ${row.sabotage}, first reason`,
    }));
}

export function checkSubjects(
  runs: readonly ProvenRun[],
  rows: readonly VerdictRow[],
  records: readonly ProofRecord[],
): Subject[] {
  return (Object.keys(checks) as CheckName[]).map((name) => {
    const looks = decidingLooks([
      ...remembered(name, rows),
      ...runs.flatMap((run) => inRun(name, run)),
      ...recordLooks(records, { kind: 'check', name, hash: sha256(name) }),
    ]);
    const seen = (how: Look['how']) => looks.some((look) => look.how === how && look.outcome === 'proven');
    const planted = sabotages.find(({ firstReason }) => firstReason === name);
    // Where a drill can be sabotaged, nothing less counts.
    const red = seen('seen red') || (planted === undefined && seen('turned red by planted facts'));
    const lacks = [
      ...(red ? [] : ['never seen red']),
      ...(seen('seen green') ? [] : ['never seen green in a drill']),
    ];
    const plant = planted === undefined ? twinTest : `headroom drill --short --sabotage ${planted.name}`;
    const next = red ? 'headroom drill' : plant;
    const state = lacks.length === 0 ? 'proven' : lacks.length === 1 ? 'half' : 'never';
    return { kind: 'check', name, state, looks, notes: lacks, next: state === 'proven' ? null : next };
  });
}
