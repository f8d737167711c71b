// Everything that can be asked of the generated files without a case: us, the tools, and the schemas of those who read them.
import { refuseManifest, refuseOpenSlo } from './export/published-schemas.ts';
import { generate, staleFiles } from './generate.ts';
import { checkRouting, checkRules, lintRules, type ToolAnswer } from './prometheus-tools.ts';

interface Tools {
  readonly promtool: string;
  readonly amtool: string;
  /** Looked for on the PATH. */
  readonly pint: string;
}

interface Check {
  readonly name: string;
  /** false also when the tool is missing and must not be; a tool that may be missing is not asked. */
  readonly held: boolean;
  readonly said: string;
}

const listed = (name: string, found: readonly string[]): Check => ({
  name,
  held: found.length === 0,
  said: found.join('\n'),
});

const answered = (name: string, { kind, output }: ToolAnswer): Check => ({
  name,
  held: kind === 'ok',
  said: kind === 'ok' ? '' : output.trim(),
});

async function lint(pint: string, rules: string): Promise<Check> {
  const name = 'pint lint, warnings are failures';
  const answer = await lintRules(pint, rules);
  if (answer.kind === 'missing') return { name, held: true, said: 'not asked: pint is not on the PATH' };
  return answered(name, answer);
}

/** Throws, with every reason, when there is nothing to check because generation refuses. */
export async function checkAlerts(
  { promtool, amtool, pint }: Tools,
  files: ReadonlyMap<string, string> = generate(),
): Promise<Check[]> {
  const file = (name: string) => files.get(`generated/${name}`)!;
  return [
    listed('committed files are what the code says; else: headroom alerts generate', staleFiles(files)),
    answered('promtool check rules, warnings are failures', await checkRules(promtool, file('rules.yml'))),
    answered('amtool check-config', await checkRouting(amtool, file('alertmanager.yml'))),
    await lint(pint, file('rules.yml')),
    listed('OpenSLO v1', refuseOpenSlo(file('open-slo.yml'))),
    listed('PrometheusRule of prometheus-operator', refuseManifest(file('prometheus-rule.yml'))),
  ];
}

export const checkedText = (checks: readonly Check[]): string =>
  checks
    .map(
      ({ name, held, said }) =>
        `${held ? 'ok  ' : 'FAIL'}  ${name}${said === '' ? '' : `\n      ${said.replaceAll('\n', '\n      ')}`}`,
    )
    .join('\n');
