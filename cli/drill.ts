import { type Cli, positive, print, verb, wholeNumber } from './cli.ts';
import { watched } from './watched.ts';

interface Options {
  json?: boolean;
  short?: boolean;
  peak?: number;
  scale?: number;
  profile?: string;
  seed?: number;
  sabotage?: string;
  primed?: string;
  out?: string;
  keep?: boolean;
}

// Far above what one machine replays; a slip of the keyboard is refused instead of tried.
const highestPeak = 10_000;
const highestScale = 100;

export function addDrill(cli: Cli): void {
  verb(
    cli,
    'drill',
    'Boots the shop, replays the peak, breaks the payment providers and gives a verdict.',
    'headroom drill --short\n  headroom drill --short --primed CheckoutLatencyBurn.ticket-slow',
  )
    .option('--short', 'the same phases in at most 150 s')
    .option('--peak <orders/s>', 'orders per second that count as 1.0×', positive(highestPeak))
    .option('--scale <k>', 'times the peak that is replayed', positive(highestScale))
    .option('--profile <file>', 'a profile made by headroom record')
    .option('--seed <n>', 'the same seed replays the same shoppers', wholeNumber(2 ** 31 - 1))
    .option('--sabotage <name>', 'plants a bug that the drill must find')
    .option(
      '--primed <alert>',
      'proves a slow alert live, after a history close to its threshold; "list" names those that can be',
    )
    .option('--out <dir>', 'where the evidence folder of the run is made (default: evidence)')
    .option('--keep', 'leaves logs and data of the run for reading')
    .action(async ({ json, ...options }: Options) => {
      if (options.primed === 'list') {
        const { listPrimable } = await import('../drill/options.ts');
        const { primableText } = await import('../drill/primed/planned.ts');
        const listed = await listPrimable(options);
        return print(cli, json, listed, primableText(listed));
      }
      const { runDrill } = await import('../drill/drill.ts');
      const { grafanaFrom } = await import('../drill/grafana.ts');
      const otlpEndpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
      const grafana = grafanaFrom(process.env);
      const result = await watched(cli, (progress, signal) =>
        runDrill({ ...options, otlpEndpoint, grafana, signal }, progress),
      );
      const { verdict, summary, tally, report } = result;
      print(cli, json, verdict, [summary.trimEnd(), '', ...tally, `report: ${report}`].join('\n'));
      cli.finish(result.exitCode);
    });
}
