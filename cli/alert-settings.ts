// Where alerts lead and who is told, in somebody else's world: by flag, or by an environment variable read here and nowhere else.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { defaultLinkBases, type LinkBases } from '../alerts/links.ts';
import { everybodyAt, type Receivers, readReceivers } from '../alerts/receivers.ts';
import { UsageError } from '../stack/usage-error.ts';

export interface LinkOptions {
  readonly runbooks?: string;
  readonly dashboards?: string;
}
export interface ReceiverOptions {
  readonly receivers?: string;
  readonly webhook?: string;
}

function httpUrl(text: string): string {
  if (/^https?:\/\/[^/\s]/.test(text) && URL.canParse(text)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError('Write a URL that begins with http:// or https://.');
}

export const withLinks = (command: Command): Command =>
  command
    .addOption(
      new Option('--runbooks <url>', 'where the runbooks are served, one <AlertName>.md each')
        .argParser(httpUrl)
        .env('HEADROOM_RUNBOOKS_URL'),
    )
    .addOption(
      new Option('--dashboards <url>', 'the Grafana that has the dashboards')
        .argParser(httpUrl)
        .env('HEADROOM_DASHBOARDS_URL'),
    );

export const withReceivers = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--receivers <file>',
        'YAML or JSON: a URL for each team, for communication and for the watchdog',
      ).env('HEADROOM_RECEIVERS'),
    )
    .addOption(
      new Option('--webhook <url>', 'one URL for everybody, the dead-man’s switch too').argParser(httpUrl),
    );

export const linksOf = ({ runbooks, dashboards }: LinkOptions): LinkBases => ({
  runbooks: runbooks ?? defaultLinkBases.runbooks,
  grafana: dashboards ?? defaultLinkBases.grafana,
});

/** undefined = nobody was named. The flag that names one URL is the nearer word, also beside the variable. */
export function receiversOf(command: Command): Receivers | undefined {
  const { receivers, webhook } = command.opts<ReceiverOptions>();
  if (webhook !== undefined && command.getOptionValueSource('receivers') === 'cli')
    throw new UsageError('--receivers and --webhook both say who is told: use one');
  if (webhook !== undefined) return everybodyAt(webhook);
  return receivers === undefined ? undefined : readReceivers(receivers);
}
