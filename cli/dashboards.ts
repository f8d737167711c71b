// headroom dashboards: what everybody looks at, as code. One function a subcommand.
import { existsSync, statSync } from 'node:fs';
import { UsageError } from '../stack/usage-error.ts';
import { type Cli, positive, print, verb } from './cli.ts';
import { watched } from './watched.ts';

interface Options {
  json?: boolean;
  prometheus?: string;
  minutes?: number;
  against?: string;
}

const noAnswer = 3;

export function addDashboards(cli: Cli): void {
  const program = cli.program
    .command('dashboards')
    .description('Dashboards as code: generated, linted, compared, and looked at while the shop runs.')
    .addHelpText(
      'after',
      '\nExample:\n  headroom dashboards lint\n  headroom dashboards check --prometheus http://127.0.0.1:9090',
    );
  for (const add of [addGenerate, addLint, addCheck, addDiff]) add({ ...cli, program });
}

function addGenerate(cli: Cli): void {
  verb(
    cli,
    'generate',
    'Writes the JSON that Grafana loads, and takes away what the code no longer defines.',
    'headroom dashboards generate',
  ).action(async ({ json }: Options) => {
    const { generatedDirectory, writeGenerated } = await import('../dashboards/generate.ts');
    const done = writeGenerated(generatedDirectory);
    print(cli, json, done, `${done.written.length} dashboards written, ${done.removed.length} removed`);
  });
}

function addLint(cli: Cli): void {
  verb(
    cli,
    'lint',
    'Every rule over every dashboard, its file held against the code, and every query read by promtool. Exit 1 when anything is found.',
    'headroom dashboards lint',
  )
    .option('--against <folder>', 'the JSON to hold against the code (default: dashboards/generated)')
    .action(async ({ json, against }: Options) => {
      const [{ lintText, lintWith }, { generatedDirectory }] = await Promise.all([
        import('../dashboards/lint/lint.ts'),
        import('../dashboards/generate.ts'),
      ]);
      const directory = against ?? generatedDirectory;
      if (existsSync(directory) && !statSync(directory).isDirectory())
        throw new UsageError(`--against: ${directory} is no folder`);
      const found = await watched(cli, async (progress, signal) => {
        const [{ resolvePart }, { prometheus }] = await Promise.all([
          import('../stack/parts.ts'),
          import('../stack/prometheus.ts'),
        ]);
        return lintWith((await resolvePart(prometheus, { progress, signal })).binaries.promtool!, directory);
      });
      print(cli, json, found, lintText(found));
      cli.finish(found.length === 0 ? 0 : 1);
    });
}

function addCheck(cli: Cli): void {
  verb(
    cli,
    'check',
    'Whether every query shows what the shop does: asked of a running Prometheus. Exit 1 when one is dead.',
    'headroom dashboards check --prometheus http://127.0.0.1:9090 --minutes 15',
  )
    .requiredOption('--prometheus <url>', 'where Prometheus answers')
    .option('--minutes <n>', 'how far back to look', positive(1_440), 15)
    .action(async ({ json, prometheus, minutes }: Options) => {
      const { checkDashboards, checkedText } = await import('../dashboards/check.ts');
      const toMs = Date.now();
      const asked = { prometheusUrl: urlOf(prometheus!), fromMs: toMs - minutes! * 60_000, toMs };
      const checked = await checkDashboards(asked).catch((error: Error) => error);
      if (!(checked instanceof Error)) {
        print(cli, json, checked, checkedText(checked));
        const { provedByCheck, recordProof } = await import('../drill/proof/record.ts');
        await recordProof('dashboards check', provedByCheck(checked));
        return cli.finish(checked.defects === 0 ? 0 : 1);
      }
      cli.io.err(`Prometheus at ${prometheus} did not answer: ${checked.message}\n`);
      cli.finish(noAnswer);
    });
}

function addDiff(cli: Cli): void {
  verb(
    cli,
    'diff',
    'What the code would change, by dashboard, panel and query. Exit 1 when anything would.',
    'headroom dashboards diff --against ../main/dashboards/generated',
  )
    .option('--against <folder>', 'the JSON to compare with (default: dashboards/generated)')
    .action(async ({ json, against }: Options) => {
      const [{ diff }, { generate, generatedDirectory, readVersion }] = await Promise.all([
        import('../dashboards/diff.ts'),
        import('../dashboards/generate.ts'),
      ]);
      const before = readable(readVersion, against ?? generatedDirectory);
      const changes = diff(before, generate());
      print(cli, json, changes, changes.length === 0 ? 'nothing changed' : changes.join('\n'));
      cli.finish(changes.length === 0 ? 0 : 1);
    });
}

/** What somebody else wrote there may be no JSON, or no folder. */
function readable(read: (folder: string) => Map<string, string>, folder: string): Map<string, string> {
  let file = folder;
  try {
    const found = read(folder);
    for (const [name, text] of found) {
      file = `${folder}/${name}`;
      JSON.parse(text);
    }
    return found;
  } catch (error) {
    throw new UsageError(`--against: ${file} cannot be compared: ${(error as Error).message}`);
  }
}

function urlOf(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text.replace(/\/+$/, '');
  throw new UsageError(`--prometheus ${text}: write a URL such as http://127.0.0.1:9090`);
}
