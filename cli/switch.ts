import { InvalidArgumentError, type Command } from 'commander';
import type { Named, SwitchesClient, Told } from '../core/switches/client.ts';
import { UsageError } from '../stack/usage-error.ts';
import { type Cli, decider, print } from './cli.ts';

const noAnswer = 3;
const flags = {
  region: 'a market, such as GB',
  'payment-method': 'a way to pay, such as card',
  'shipping-method': 'a way to ship, such as express',
  promotion: 'the id of a promotion',
  provider: 'a payment provider, such as psp-primary',
} as const;

type Options = Readonly<Record<string, string | boolean | number | undefined>> & { readonly by?: string };

export function addSwitch(cli: Cli): void {
  const group = cli.program
    .command('switch')
    .description('Kill switches of the running shop: what is off, since when, why, and what it stopped.')
    .addHelpText(
      'after',
      '\nExample:\n  headroom switch on --payment-method bnpl --why "provider declines all" --for 30m --dry-run\n  headroom switch list --json',
    );
  addList(cli, group);
  addOn(cli, group);
  addOff(cli, group);
}

function addList(cli: Cli, group: Command): void {
  reaching(group.command('list'))
    .description('Every switch that is or was on, with what it stopped or would have stopped.')
    .addHelpText('after', '\nExample:\n  headroom switch list')
    .action((options: Options) => tell(cli, options, (client) => client.list()));
}

function addOn(cli: Cli, group: Command): void {
  naming(reaching(group.command('on')))
    .description('Turns one switch on, or extends it. Effective in every process within 2 s.')
    .requiredOption('--why <text>', 'the reason, for the log')
    .option('--by <name>', 'who decides (default: $USER)')
    .option('--for <time>', 'how long: 90s, 30m, up to 24h', seconds, 3_600)
    .option('--dry-run', 'stops nothing and counts what it would have stopped')
    .addHelpText(
      'after',
      '\nExample:\n  headroom switch on --provider psp-primary --why "times out" --for 30m',
    )
    .action((options: Options) =>
      tell(cli, options, (client) =>
        client.turnOn(named(options), {
          by: decider(options),
          why: String(options.why),
          mode: options.dryRun ? 'dry_run' : 'on',
          for_seconds: Number(options.for),
        }),
      ),
    );
}

function addOff(cli: Cli, group: Command): void {
  naming(reaching(group.command('off')))
    .description('Turns one switch off before its end.')
    .requiredOption('--why <text>', 'the reason, for the log')
    .option('--by <name>', 'who decides (default: $USER)')
    .addHelpText('after', '\nExample:\n  headroom switch off --provider psp-primary --why "answers again"')
    .action((options: Options) =>
      tell(cli, options, (client) =>
        client.turnOff(named(options), { by: decider(options), why: String(options.why) }),
      ),
    );
}

const reaching = (command: Command) =>
  command
    .option('--orders-url <url>', 'the orders service of another shop; its secret in SERVICE_TOKEN')
    .option('--json', 'print the result as JSON');

const naming = (command: Command) =>
  Object.entries(flags).reduce((on, [flag, text]) => on.option(`--${flag} <value>`, text), command);

async function tell(cli: Cli, options: Options, ask: (client: SwitchesClient) => Promise<Told>) {
  const [{ createSwitchesClient }, { switchesText }, { findShopDoor }, { stateDirectory }] =
    await Promise.all([
      import('../core/switches/client.ts'),
      import('../core/switches/text.ts'),
      import('../stack/shop-door.ts'),
      import('../stack/places.ts'),
    ]);
  const ordersUrl = options.ordersUrl as string | undefined;
  const door = findShopDoor({ ordersUrl, env: process.env, stateDirectory: stateDirectory() });
  const told = await ask(createSwitchesClient(door.ordersUrl, door.serviceToken));
  if (told.kind === 'refused') throw new UsageError(told.detail);
  if (told.kind === 'switches')
    return print(cli, options.json === true, told.list, switchesText(told.list.switches));
  cli.io.err(`the shop did not answer (${told.reason}): look at the list before trying again\n`);
  cli.finish(noAnswer);
}

function named(options: Options): Named {
  const given = Object.keys(flags).flatMap((flag) => {
    const value = options[flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    return value === undefined
      ? []
      : [{ dimension: flag.replace('-', '_') as Named['dimension'], value: String(value) }];
  });
  const [only] = given;
  if (only === undefined || given.length > 1)
    throw new UsageError(
      `name one thing: ${Object.keys(flags)
        .map((flag) => `--${flag}`)
        .join(', ')}`,
    );
  return only;
}

function seconds(text: string): number {
  const read = /^(\d{1,5})([smh])$/.exec(text);
  const value = read === null ? 0 : Number(read[1]) * { s: 1, m: 60, h: 3_600 }[read[2] as 's' | 'm' | 'h'];
  if (value >= 1 && value <= 86_400) return value;
  throw new InvalidArgumentError('Write a time such as 90s, 30m or 2h, up to 24h.');
}
