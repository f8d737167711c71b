// Runs proofs through promtool, side by side, and says of each file whether it held.
import { availableParallelism } from 'node:os';
import { testRules } from '../prometheus-tools.ts';
import { type AlertProof, type PromtoolFile, promtoolFiles, proofName } from './suite.ts';

export interface Judged {
  readonly name: string;
  readonly held: boolean;
  /** What promtool said of it. */
  readonly output: string;
}

/** Few enough that progress moves, many enough that starting promtool costs nothing. */
const batchSize = 12;

/** One answer a file, in order. */
export async function judge(
  promtool: string,
  files: readonly PromtoolFile[],
  onJudged: (judged: readonly Judged[]) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Judged[]> {
  const batches = Array.from({ length: Math.ceil(files.length / batchSize) }, (_, index) =>
    files.slice(index * batchSize, (index + 1) * batchSize),
  );
  const answers: Judged[][] = batches.map(() => []);
  const waiting = batches.entries();
  const worker = async () => {
    for (const [index, batch] of waiting) {
      signal?.throwIfAborted();
      answers[index] = read(batch, (await testRules(promtool, batch)).output);
      onJudged(answers[index]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return answers.flat();
}

/** promtool says `SUCCESS` or `FAILED:` after the name of each file; nothing said is not a success. */
function read(files: readonly PromtoolFile[], output: string): Judged[] {
  return files.map(({ name }) => {
    const start = output.indexOf(`Unit Testing:  ${name}.test.yml`);
    const next = start < 0 ? -1 : output.indexOf('Unit Testing:', start + 1);
    const said = start < 0 ? output : output.slice(start, next < 0 ? undefined : next);
    return { name, held: start >= 0 && /^\s*SUCCESS\s*$/m.test(said), output: said.trim() };
  });
}

export interface Proven {
  readonly alerts: number;
  readonly cases: number;
  readonly checks: number;
  readonly failures: readonly Judged[];
}

export async function prove(
  promtool: string,
  proofs: readonly AlertProof[],
  options: { onProgress?: (done: number, of: number) => void; signal?: AbortSignal } = {},
): Promise<Proven> {
  const files = proofs.flatMap((proof) => promtoolFiles(proof));
  let done = 0;
  const judged = await judge(
    promtool,
    files,
    (some) => {
      done += some.length;
      options.onProgress?.(done, files.length);
    },
    options.signal,
  );
  const cases = proofs.flatMap((proof) => proof.cases);
  return {
    alerts: new Set(proofs.map(proofName)).size,
    cases: cases.length,
    checks: cases.reduce((sum, one) => sum + one.checks.length + (one.recorded ?? []).length, 0),
    failures: judged.filter(({ held }) => !held),
  };
}
