// `headroom proof`: every alert, query, runbook and check, how and when it was last proven, and what never was.
import { join, resolve } from 'node:path';
import { stat } from 'node:fs/promises';
import { stateDirectory } from '../../stack/places.ts';
import { UsageError } from '../../stack/usage-error.ts';
import { gitState } from '../git-state.ts';
import { readVerdicts, verdictLedger } from '../verdict-ledger.ts';
import { alertSubjects } from './alerts.ts';
import { checkSubjects } from './checks.ts';
import { querySubjects } from './queries.ts';
import { proofRecords, readProofRecords } from './record.ts';
import { runbookSubjects } from './runbooks.ts';
import { type Runs, readRuns } from './runs.ts';
import { type Kind, kinds, states, type Subject } from './subject.ts';

export interface Proof {
  readonly at: string;
  readonly git: { readonly sha: string; readonly dirty: boolean };
  readonly evidence: string;
  readonly runs: readonly string[];
  readonly ignored: Runs['ignored'];
  readonly counts: readonly { readonly kind: Kind; readonly proven: number; readonly all: number }[];
  /** Of the alerts that are proven; the others only by promtool. */
  readonly heard_live: number;
  /** Unproven first. */
  readonly subjects: readonly Subject[];
}

const byState = (a: Subject, b: Subject) =>
  states.indexOf(a.state) - states.indexOf(b.state) || kinds.indexOf(a.kind) - kinds.indexOf(b.kind);

export async function gatherProof({
  evidence,
  state = stateDirectory(),
}: {
  readonly evidence?: string | undefined;
  readonly state?: string;
} = {}): Promise<Proof> {
  const folder = resolve(evidence ?? join(process.cwd(), 'evidence'));
  if (evidence !== undefined) await mustBeFolder(folder);
  const file = verdictLedger(state);
  const rows = await readVerdicts(file).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  const { runs, ignored } = await readRuns(folder, { file, rows });
  const records = await readProofRecords(proofRecords(state));
  const subjects = [
    ...alertSubjects(runs, records),
    ...querySubjects(runs, records),
    ...runbookSubjects(runs, records),
    ...checkSubjects(runs, rows, records),
  ].toSorted(byState);
  return {
    at: new Date().toISOString(),
    git: await gitState(),
    evidence: folder,
    runs: runs.map(({ run }) => run.run_id),
    ignored,
    counts: kinds.map((kind) => {
      const own = subjects.filter((subject) => subject.kind === kind);
      return { kind, proven: own.filter(({ state }) => state === 'proven').length, all: own.length };
    }),
    heard_live: subjects.filter(heardLive).length,
    subjects,
  };
}

const heardLive = ({ kind, state, looks }: Subject) =>
  kind === 'alert' && state === 'proven' && looks.some(({ how, same }) => same && how === 'fired live');

export const unproven = ({ subjects }: Pick<Proof, 'subjects'>) =>
  subjects.filter(({ state }) => state !== 'proven');

async function mustBeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() !== true) throw new UsageError(`--evidence ${folder}: there is no such folder`);
}
