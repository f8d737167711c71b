import { UsageError } from '../stack/usage-error.ts';
import { type Cli, print, verb } from './cli.ts';

interface Options {
  json?: boolean;
  without?: string;
}

export function addSignals(cli: Cli): void {
  verb(
    cli,
    'signals',
    'What each process tells and what it costs, how long everything made of it takes, and dead links. Exit 1 above a limit.',
    'headroom signals --without payment_attempts_total',
  )
    .option('--without <metric>', 'which alerts, panels and gates fall silent when nobody emits it any more')
    .action(async ({ json, without }: Options) => {
      if (without !== undefined) return losing(cli, without, json);
      const { catalogue, catalogueText } = await import('../drill/signals/catalogue.ts');
      const found = await catalogue();
      print(cli, json, found, catalogueText(found));
      cli.finish(found.problems.length === 0 ? 0 : 1);
    });
}

async function losing(cli: Cli, name: string, json: boolean | undefined): Promise<void> {
  const [{ everyReader }, { brokenReaders, brokenText }, { emittedMetrics }] = await Promise.all([
    import('../drill/signals/readers.ts'),
    import('../drill/signals/broken.ts'),
    import('../drill/signals/emitted-metrics.ts'),
  ]);
  if (emittedMetrics.every((metric) => metric.name !== name))
    throw new UsageError(
      `--without ${name}: nobody emits it; there are ${emittedMetrics.map((metric) => metric.name).join(', ')}`,
    );
  const left = emittedMetrics.filter((metric) => metric.name !== name);
  const broken = brokenReaders(everyReader(), left);
  print(cli, json, broken, broken.length === 0 ? `nobody reads ${name}` : brokenText(broken));
}
