// May evidence be believed? Its seals, what a seal must hold, and what the ledger of verdicts remembers of the run.
import { join } from 'node:path';
import { stateDirectory } from '../stack/places.ts';
import { UsageError } from '../stack/usage-error.ts';
import { brokenSeals, files, type Manifest, manifest, readFacts, sha256Of } from './evidence.ts';
import { readVerdicts, verdictLedger } from './verdict-ledger.ts';

export interface Trust {
  readonly sealed: Manifest;
  /** Why nothing in the folder may be believed, one sentence each; empty when all of it may. */
  readonly problems: readonly string[];
}

/** Throws a UsageError for a folder that is no evidence. */
export async function examineSeals(
  dir: string,
  ledgerFile = verdictLedger(stateDirectory()),
): Promise<Trust> {
  const sealed = await readFacts(dir, files.manifest, manifest);
  if (sealed === null)
    throw new UsageError(
      `${dir} holds no ${files.manifest}: it is not the evidence of a drill that came to its end`,
    );
  const unlisted = [files.run, files.verdict].filter((name) => !(name in sealed.files));
  return {
    sealed,
    problems: [
      ...(await brokenSeals(dir, sealed)),
      ...unlisted.map((name) => `${files.manifest} does not list ${name}`),
      ...(await replaced(dir, sealed.run_id, ledgerFile)),
    ],
  };
}

/** Hashes inside a folder can be made anew; the line written when the run was sealed stands outside of it. */
async function replaced(dir: string, runId: string, ledgerFile: string): Promise<string[]> {
  const rows = await readVerdicts(ledgerFile).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  const ofRun = rows.filter((row) => row.run_id === runId);
  const now = await sha256Of(join(dir, files.manifest));
  if (ofRun.length === 0 || ofRun.some((row) => row.manifest_sha256 === now)) return [];
  return [`${files.manifest} is not the one that ${ledgerFile} remembers of run ${runId}`];
}
