// Every runbook: what in it is executed, by which test, and which experiment sent somebody to it.
import { runbookNames } from '../../alerts/generate.ts';
import { commandsIn, queriesIn, readRunbook, statementsIn } from '../../alerts/runbook-queries.ts';
import { sha256 } from './fingerprints.ts';
import type { ProofRecord } from './record.ts';
import { recordLooks } from './records.ts';
import type { ProvenRun } from './runs.ts';
import { date, decidingLooks, type Look, stateOf, type Subject } from './subject.ts';

interface Part {
  readonly how: Look['how'];
  readonly what: string;
  readonly count: number;
  readonly next: string;
}

/** What in it can be executed, and what executes it. */
function partsOf(name: string, text: string): Part[] {
  const part = (how: Part['how'], what: string, found: readonly string[], next: string): Part => ({
    ...{ how, what, next },
    count: found.length,
  });
  return [
    part('promtool read its queries', 'queries', queriesIn(text), `headroom alerts prove --only ${name}`),
    part(
      'PostgreSQL ran its SQL',
      'SQL statements',
      statementsIn(text),
      'npx vitest run alerts/runbook-sql.test.ts',
    ),
    part(
      'a shop answered its commands',
      'commands',
      commandsIn(text),
      'npx vitest run cli/runbook-commands.test.ts',
    ),
  ].filter(({ count }) => count > 0);
}

function namedBy(name: string, runs: readonly ProvenRun[]): string {
  const naming = runs
    .flatMap(({ run, experiments }) => experiments.map((experiment) => ({ run, experiment })))
    .filter(({ experiment }) => experiment.runbook.endsWith(`/${name}.md`) && experiment.injected_ms !== null)
    .toSorted((a, b) => b.run.started_ms - a.run.started_ms)[0];
  if (naming === undefined) return 'named by no experiment that ran';
  const { run, experiment } = naming;
  return `named by ${experiment.id}, last in ${run.run_id} (${date(run.started_ms)})`;
}

export function runbookSubjects(runs: readonly ProvenRun[], records: readonly ProofRecord[]): Subject[] {
  return [...runbookNames()].toSorted().map((name) => {
    const text = readRunbook(name);
    const looks = decidingLooks(recordLooks(records, { kind: 'runbook', name, hash: sha256(text) }));
    const parts = partsOf(name, text);
    const done = ({ how }: Part) =>
      looks.some((look) => look.how === how && look.same && look.outcome === 'proven');
    const open = parts.filter((part) => !done(part));
    const looked = stateOf(looks);
    // Of what it holds, all must have been executed as it stands.
    const state = looked === 'proven' && open.length > 0 ? 'half' : looked;
    const missing = open.map(({ count, what }) => `${count} ${what} of which none is on record as executed`);
    return {
      ...{ kind: 'runbook', name, state, looks },
      notes: [...missing, namedBy(name, runs)],
      next:
        state === 'proven'
          ? null
          : [...new Set((open[0] === undefined ? parts : open).map(({ next }) => next))].join('; '),
    };
  });
}
