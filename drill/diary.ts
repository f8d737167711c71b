// What the drill does, written down before it does it: the journal, and run.json as the run goes.
import { join } from 'node:path';
import { type Journal, openJournal } from '../chaos/engine/journal.ts';
import type { Progress } from '../stack/progress.ts';
import { files, writeJson } from './evidence.ts';
import type { RunFacts } from './facts.ts';
import type { PhaseName } from './plan.ts';

export interface Diary {
  readonly journal: Journal;
  /** Runs `act` as a phase; its end is written only when it came to it. */
  phase<T>(name: PhaseName, act: () => Promise<T>): Promise<T>;
  note(fields: Readonly<Record<string, unknown>>): Promise<void>;
  environment(values: Readonly<Record<string, string>>): void;
  /** Closes the journal and returns the facts as they were last written. */
  close(endedEarly: string | null): Promise<RunFacts>;
}

type Head = Omit<RunFacts, 'phases' | 'ended_ms' | 'ended_early' | 'environment'>;

export async function openDiary(dir: string, head: Head, progress: Progress): Promise<Diary> {
  const journal = await openJournal(join(dir, files.journal));
  const phases: { name: PhaseName; started_ms: number; ended_ms: number | null }[] = [];
  let environment: Record<string, string> = {};
  const write = async (endedEarly: string | null): Promise<RunFacts> => {
    const facts: RunFacts = { ...head, ended_ms: Date.now(), ended_early: endedEarly, phases, environment };
    await writeJson(dir, files.run, facts);
    return facts;
  };
  // A process that is killed leaves this behind.
  const unfinished = 'the run did not come to its end';
  return {
    journal,
    async phase(name, act) {
      await journal.write(head.run_id, { kind: 'note', phase: name, begins: true });
      progress.phase(name);
      const phase = { name, started_ms: Date.now(), ended_ms: null as number | null };
      phases.push(phase);
      await write(unfinished);
      const result = await act();
      phase.ended_ms = Date.now();
      await journal.write(head.run_id, { kind: 'note', phase: name, ended: true });
      return result;
    },
    note: (fields) => journal.write(head.run_id, { kind: 'note', ...fields }),
    environment(values) {
      environment = { ...environment, ...values };
    },
    async close(endedEarly) {
      await journal.close();
      return write(endedEarly);
    },
  };
}
