// Lets every mutant loose on the proofs of its alert: the first case that fails has caught it; one that all cases let pass survives.
import { judge } from '../proofs/prove.ts';
import { type AlertProof, type PromtoolFile, promtoolFiles } from '../proofs/suite.ts';
import { type Exempted, exemptedAmong, exemptionOf, exemptions } from './exempted.ts';
import { type Mutant, mutantsOf } from './mutate.ts';

export interface Hunt {
  readonly mutants: number;
  readonly caught: number;
  readonly survivors: readonly string[];
  readonly exempted: readonly Exempted[];
  readonly seconds: number;
}

interface Options {
  readonly onProgress?: (done: number, of: number) => void;
  readonly signal?: AbortSignal;
}

/** Every case, the most telling first, and only for those that the earlier ones let pass. */
export async function hunt(
  promtool: string,
  proofs: readonly AlertProof[],
  options: Options = {},
): Promise<Hunt> {
  const started = performance.now();
  const all = proofs.flatMap(mutantsOf);
  const hunted = all.filter((mutant) => exemptionOf(mutant) === undefined);
  let alive = hunted;
  for (let index = 0; alive.some(({ proof }) => index < proof.cases.length); index += 1) {
    const [asked, through] = [alive.filter(({ proof }) => index < proof.cases.length), alive];
    let done = 0;
    const verdicts = await judge(
      promtool,
      asked.map((mutant, number) => fileOf(mutant, index, number)),
      (some) => {
        done += some.length;
        options.onProgress?.(hunted.length - asked.length + done, hunted.length);
      },
      options.signal,
    );
    const caught = new Set(asked.filter((mutant, number) => isCaught(mutant, verdicts[number]!)));
    alive = through.filter((mutant) => !caught.has(mutant));
  }
  return {
    mutants: all.length,
    caught: hunted.length - alive.length,
    survivors: alive.map(({ id }) => id),
    exempted: exemptedAmong(exemptions, all).filter(({ mutants }) => mutants.length > 0),
    seconds: (performance.now() - started) / 1_000,
  };
}

/** A rule that Prometheus cannot read is no mutant: nobody could have written it, and every proof would fail on it. */
function isCaught({ id }: Mutant, { held, output }: { held: boolean; output: string }): boolean {
  if (output.includes('could not parse')) throw new Error(`the mutant ${id} is no rule: ${output}`);
  return !held;
}

function fileOf({ proof, groups }: Mutant, index: number, number: number): PromtoolFile {
  const one = { ...proof, groups, cases: [proof.cases[index]!] };
  return promtoolFiles(one, `mutant-${number}`)[0]!;
}

export function huntText({ mutants, caught, survivors, exempted, seconds }: Hunt): string {
  const excused = exempted.reduce((sum, one) => sum + one.mutants.length, 0);
  const listed = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
  return [
    `${mutants} mutants: ${caught} caught, ${survivors.length} survive, ${excused} exempted (${seconds.toFixed(1)} s)`,
    ...listed(
      'exempted, each named in alerts/generated/exempted-mutants.md:',
      exempted.map((one) => `${one.mutants.length} × ${one.what}`),
    ),
    ...listed('no proof takes notice of these; prove more, or exempt them with a reason:', survivors),
  ].join('\n');
}
