// `headroom verify`: is this folder what the drill left, and does its verdict follow from it?
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { files } from './evidence.ts';
import { gitState } from './git-state.ts';
import { judgeEvidence } from './judge.ts';
import { examineSeals } from './trust.ts';
import type { VerdictFile } from './verdict-file.ts';

export type Verification =
  | {
      readonly kind: 'verified';
      readonly exitCode: 0;
      readonly verdict: VerdictFile;
      readonly message: string;
    }
  /** Somebody changed the evidence, or the verdict does not follow from it: no-go, whatever it says. */
  | {
      readonly kind: 'mismatch';
      readonly exitCode: 1;
      readonly problems: readonly string[];
      readonly message: string;
    };

/** Exit code 0 says that the verdict stands, not that it is go. Throws a UsageError for a folder that is no evidence. */
export async function verifyEvidence(
  dir: string,
  { ledgerFile }: { readonly ledgerFile?: string } = {},
): Promise<Verification> {
  const { sealed, problems } = await examineSeals(dir, ledgerFile);
  if (problems.length > 0) return mismatch(problems);
  const stored = await readVerdict(dir);
  if (stored === null) return mismatch([`${files.verdict} is no verdict`]);
  const { verdict } = await judgeEvidence(dir);
  const again = JSON.parse(JSON.stringify(verdict)) as VerdictFile;
  const differing = (Object.keys(again) as (keyof VerdictFile)[]).filter(
    (field) => !isDeepStrictEqual(again[field], stored[field]),
  );
  if (differing.length > 0) {
    const { sha } = await gitState();
    const otherCode = sha === sealed.git.sha ? [] : [`it was judged by ${sealed.git.sha}, this is ${sha}`];
    return mismatch([
      `${files.verdict} says ${stored.verdict}, its evidence says ${again.verdict}; they differ in ${differing.join(', ')}`,
      ...otherCode,
    ]);
  }
  return {
    kind: 'verified',
    exitCode: 0,
    verdict: stored,
    message: `${stored.run_id}: the verdict ${stored.verdict} follows from its evidence (${Object.keys(sealed.files).length} files unchanged)`,
  };
}

/** What the folder says of itself, not yet believed; null when it is not even an object of JSON. */
async function readVerdict(dir: string): Promise<VerdictFile | null> {
  const text = await readFile(join(dir, files.verdict), 'utf8');
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as VerdictFile) : null;
  } catch {
    return null;
  }
}

const mismatch = (problems: readonly string[]): Verification => ({
  kind: 'mismatch',
  exitCode: 1,
  problems,
  message: `the evidence cannot be trusted:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
});
