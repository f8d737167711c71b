// What tests leave on record: which parts of a runbook were executed, and which checks planted facts have turned red.
import { describe, expect, test } from 'vitest';
import { commandsIn, queriesIn, readRunbook, statementsIn } from '../../alerts/runbook-queries.ts';
import type { VerdictFile } from '../verdict-file.ts';
import { checkSubjects } from './checks.ts';
import { type ProofRecord, type Proved, provedByTest } from './record.ts';
import { runbookSubjects } from './runbooks.ts';
import type { ProvenRun } from './runs.ts';

const recorded = (command: ProofRecord['command'], at: string, ...subjects: Proved[]): ProofRecord => ({
  ...{ schema: 1, command, at, subjects },
  git: { sha: 'a'.repeat(40), dirty: false },
});
const noon = '2026-09-18T12:00:00.000Z';
const later = '2026-09-18T13:00:00.000Z';

const name = 'KillSwitchLeftOn';
const text = readRunbook(name);
const runbook = (records: readonly ProofRecord[]) =>
  runbookSubjects([], records).find((one) => one.name === name)!;
const read = recorded('alerts prove', noon, provedByTest('runbook', name, text, [true], 'queries'));
const ran = (results: readonly boolean[], of = text, at = noon) =>
  recorded('test of runbook SQL', at, provedByTest('runbook', name, of, results, 'statements run'));
const answered = recorded(
  'test of runbook commands',
  noon,
  provedByTest('runbook', name, text, [true, true], 'commands answered'),
);

describe('a runbook', () => {
  test('with queries, SQL and commands is proven when each of them was executed as it stands', () => {
    expect([queriesIn, statementsIn, commandsIn].map((found) => found(text).length > 0)).toEqual([
      true,
      true,
      true,
    ]);
    expect(runbook([])).toMatchObject({ state: 'never' });
    expect(runbook([read, ran([true]), answered])).toMatchObject({ state: 'proven', next: null });
  });

  test('is half proven while a part is on record nowhere, and says which and what to type', () => {
    const half = runbook([read, ran([true])]);
    expect(half).toMatchObject({ state: 'half', next: 'npx vitest run cli/runbook-commands.test.ts' });
    expect(half.notes[0]).toContain('commands of which none is on record as executed');
    expect(runbook([read, answered, ran([true], `${text} and more`)])).toMatchObject({
      ...{ state: 'half', next: 'npx vitest run alerts/runbook-sql.test.ts' },
    });
  });

  test('whose SQL the database refused has failed, until it runs again', () => {
    const refused = ran([true, false], text, later);
    expect(runbook([read, answered, ran([true]), refused]).state).toBe('failed');
    expect(refused.subjects[0]!.detail).toBe('1 of 2 statements run');
  });
});

describe('a check', () => {
  const green = (check: string) =>
    ({
      run: { sabotage: null, started_ms: Date.parse(noon), run_id: 'run-1' },
      verdict: { checks: [{ check, status: 'pass', detail: '' }], reasons: [] } as unknown as VerdictFile,
    }) as unknown as ProvenRun;
  const check = (of: string, records: readonly ProofRecord[]) =>
    checkSubjects([green(of)], [], records).find((one) => one.name === of)!;
  const planted = (of: string, red = true) =>
    recorded('test of the judge', noon, provedByTest('check', of, of, [red], 'plants named it first'));

  test('that no drill can be sabotaged for is proven by planted facts that turned it red, and says so', () => {
    expect(check('faults-undone', [])).toMatchObject({
      state: 'half',
      next: 'npx vitest run drill/judge.test.ts',
    });
    const proven = check('faults-undone', [planted('faults-undone')]);
    expect(proven).toMatchObject({ state: 'proven', next: null, notes: [] });
    expect(proven.looks.map(({ how }) => how)).toContain('turned red by planted facts');
    expect(check('faults-undone', [planted('faults-undone', false)]).state).toBe('half');
  });

  test('that a drill can be sabotaged for is proven by nothing less', () => {
    expect(check('oversell', [planted('oversell')])).toMatchObject({
      ...{ state: 'half', notes: ['never seen red'] },
      next: 'headroom drill --short --sabotage oversell',
    });
  });
});
