// `headroom verify`: is this folder what the drill left, and does its verdict follow from it?
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../stack/usage-error.ts';
import { brokenSeals, files, manifest, readFacts } from './evidence.ts';
import { gitState } from './git-state.ts';
import { judgeEvidence } from './judge.ts';
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
export async function verifyEvidence(dir: string): Promise<Verification> {
  const sealed = await readSeal(dir);
  const problems = await brokenSeals(dir, sealed);
  if (problems.length > 0) return mismatch(problems);
  const stored = JSON.parse(await readFile(join(dir, files.verdict), 'utf8')) as VerdictFile;
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

export async function readSeal(dir: string) {
  const sealed = await readFacts(dir, files.manifest, manifest);
  if (sealed === null)
    throw new UsageError(
      `${dir} holds no ${files.manifest}: it is not the evidence of a drill that came to its end`,
    );
  return sealed;
}

const mismatch = (problems: readonly string[]): Verification => ({
  kind: 'mismatch',
  exitCode: 1,
  problems,
  message: `the evidence cannot be trusted:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
});
