// Runs proofs through promtool, side by side, and says of each file whether it held.
import { availableParallelism } from 'node:os';
import { testRules } from '../prometheus-tools.ts';
import { type AlertProof, type ProofCase, type PromtoolFile, promtoolFiles, proofName } from './suite.ts';

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
  readonly alerts: readonly { readonly name: string; readonly cases: number; readonly checks: number }[];
  readonly failures: readonly Judged[];
  readonly seconds: number;
}

const questionsOf = ({ checks, recorded }: ProofCase) => checks.length + (recorded ?? []).length;

export async function prove(
  promtool: string,
  proofs: readonly AlertProof[],
  options: { onProgress?: (done: number, of: number) => void; signal?: AbortSignal } = {},
): Promise<Proven> {
  const started = performance.now();
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
  return {
    alerts: proofs.map((proof) => ({
      name: proofName(proof),
      cases: proof.cases.length,
      checks: sum(proof.cases.map(questionsOf)),
    })),
    failures: judged.filter(({ held }) => !held),
    seconds: (performance.now() - started) / 1_000,
  };
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

export function provenText({ alerts, failures, seconds }: Proven): string {
  const cases = sum(alerts.map((one) => one.cases));
  const checks = sum(alerts.map((one) => one.checks));
  const asked = `${alerts.length} alerts, ${cases} cases, ${checks} questions to promtool`;
  const took = `(${seconds.toFixed(1)} s)`;
  if (failures.length === 0) return `${asked}: every answer as computed ${took}`;
  return [`${asked}: ${failures.length} files failed ${took}`, ...failures.map(({ output }) => output)].join(
    '\n\n',
  );
}
