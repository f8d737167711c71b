import { InvalidArgumentError } from 'commander';
import type { BenchName } from '../drill/bench/bench.ts';
import { type Cli, print, verb } from './cli.ts';
import { watched } from './watched.ts';

interface Options {
  json?: boolean;
  only?: BenchName[];
  quick?: boolean;
  profile?: boolean;
}

const names = [
  'checkout-cpu',
  'hot-sku',
  'telemetry',
  'worker-drain',
] as const satisfies readonly BenchName[];

export function addBench(cli: Cli): void {
  verb(
    cli,
    'bench',
    'Measures what a checkout costs and how fast stock, telemetry and workers are, each beside its reference.',
    'headroom bench --only checkout-cpu',
  )
    .option('--only <names>', `some of ${names.join(', ')}, with commas between them`, benches)
    .option('--quick', 'seconds instead of minutes: shows that every row runs, and nothing else')
    .option(
      '--profile',
      'instead: where the processor time of one checkout goes, by room, package and statement',
    )
    .action(async ({ json, only = [], quick, profile }: Options) => {
      const { benchText, runBench } = await import('../drill/bench/bench.ts');
      const { sizes } = await import('../drill/bench/stand.ts');
      const size = quick ? sizes.quick : sizes.whole;
      if (profile) {
        const { profileText, runProfile } = await import('../drill/bench/profile.ts');
        const profiled = await watched(cli, (progress, signal) => runProfile({ size, progress, signal }));
        return print(cli, json, profiled, profileText(profiled));
      }
      const rows = await watched(cli, (progress, signal) => runBench({ only, size, progress, signal }));
      print(cli, json, rows, benchText(rows));
      cli.finish(rows.some(({ met }) => met === false) ? 1 : 0);
    });
}

function benches(text: string): BenchName[] {
  return text.split(',').map((word) => {
    const name = names.find((each) => each === word.trim());
    if (name === undefined) throw new InvalidArgumentError(`Write some of ${names.join(', ')}.`);
    return name;
  });
}
