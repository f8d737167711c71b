import { InvalidArgumentError } from 'commander';
import { type Cli, positive, print, verb, wholeNumber } from './cli.ts';
import { watched } from './watched.ts';

interface Options {
  json?: boolean;
  kills?: number;
  outage?: 'redis' | 'postgres';
  seconds?: number;
  doubleSubmits?: number;
  buyers?: number;
  rate?: number;
  seed?: number;
}

const most = 10_000;

export function addCrash(cli: Cli): void {
  verb(
    cli,
    'crash',
    'Kills processes and parts under load and compares the ledgers; without options, every proof at full size.',
    'headroom crash --kills 100',
  )
    .option('--kills <n>', 'processes of the shop killed at random, one after the other', wholeNumber(most))
    .option('--outage <part>', 'redis or postgres, killed and started again', outagePart)
    .option('--seconds <n>', 'how long the part is away (default: 60)', positive(3_600))
    .option('--double-submits <n>', 'shoppers who press twice at once', wholeNumber(most))
    .option('--buyers <n>', 'buyers for a twentieth as many units of one article', wholeNumber(most))
    .option('--rate <checkouts/s>', 'the load meanwhile (default: 10)', positive(1_000))
    .option('--seed <n>', 'the same seed kills the same processes', wholeNumber(2 ** 31 - 1))
    .action(async ({ json, ...options }: Options) => {
      const { crashText, runCrash } = await import('../drill/crash/crash.ts');
      const plan = await planOf(options);
      const result = await watched(cli, (progress, signal) => runCrash({ plan, progress, signal }));
      print(cli, json, result, crashText(result));
      cli.finish(result.exit_code);
    });
}

async function planOf(options: Options) {
  const { wholePlan } = await import('../drill/crash/crash.ts');
  const { kills, outage, doubleSubmits, buyers } = options;
  const around = {
    outageSeconds: options.seconds ?? wholePlan.outageSeconds,
    perSecond: options.rate ?? wholePlan.perSecond,
    seed: options.seed ?? Date.now() % 2 ** 31,
  };
  const chosen = kills ?? outage ?? doubleSubmits ?? buyers;
  if (chosen === undefined) return { ...wholePlan, ...around };
  return { kills, outages: outage === undefined ? [] : [outage], doubleSubmits, buyers, ...around };
}

function outagePart(text: string): 'redis' | 'postgres' {
  if (text === 'redis' || text === 'postgres') return text;
  throw new InvalidArgumentError('Write redis or postgres.');
}
