// Every runbook: what in it is executed, by which test, and which experiment sent somebody to it.
import { runbookNames } from '../../alerts/generate.ts';
import { queriesIn, readRunbook } from '../../alerts/runbook-queries.ts';
import { sha256 } from './fingerprints.ts';
import type { ProofRecord } from './record.ts';
import { recordLooks } from './records.ts';
import type { ProvenRun } from './runs.ts';
import { date, decidingLooks, stateOf, type Subject } from './subject.ts';

const sqlTest = 'alerts/runbook-sql.test.ts';
const statement = /`select [^`]+`/g;

function namedBy(name: string, runs: readonly ProvenRun[]): string {
  const naming = runs
    .flatMap(({ run, experiments }) => experiments.map((experiment) => ({ run, experiment })))
    .filter(({ experiment }) => experiment.runbook.endsWith(`/${name}.md`) && experiment.injected_ms !== null)
    .toSorted((a, b) => b.run.started_ms - a.run.started_ms)[0];
  if (naming === undefined) return 'named by no experiment that ran';
  const { run, experiment } = naming;
  return `named by ${experiment.id}, last in ${run.run_id} (${date(run.started_ms)})`;
}

function executed(text: string): string[] {
  const [queries, statements] = [queriesIn(text).length, [...text.matchAll(statement)].length];
  return [
    ...(queries === 0 ? [] : [`${queries} queries read in alerts/runbooks.test.ts`]),
    ...(statements === 0
      ? []
      : [`${statements} SQL statements planned in ${sqlTest}, which leaves no record`]),
  ];
}

export function runbookSubjects(runs: readonly ProvenRun[], records: readonly ProofRecord[]): Subject[] {
  return [...runbookNames()].toSorted().map((name) => {
    const text = readRunbook(name);
    const looks = decidingLooks(recordLooks(records, { kind: 'runbook', name, hash: sha256(text) }));
    const state = stateOf(looks);
    const command =
      queriesIn(text).length > 0 ? `headroom alerts prove --only ${name}` : `npx vitest run ${sqlTest}`;
    const notes = [...executed(text), namedBy(name, runs)];
    return { kind: 'runbook', name, state, looks, notes, next: state === 'proven' ? null : command };
  });
}
