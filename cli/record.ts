import { type Cli, print, verb } from './cli.ts';

interface Options {
  json?: boolean;
  from: string;
  map: string[];
  mapTimeFormat?: string;
  cancelledPrefix?: string;
  day?: string;
  lines?: string;
  linesMap?: string[];
  name?: string;
  out: string;
}

export function addRecord(cli: Cli): void {
  verb(
    cli,
    'record <file>',
    'Makes a load profile from your own orders.',
    'headroom record --from orders-csv orders.csv --map id=OrderId,time=CreatedAt,country=Country --out peak.json',
  )
    .requiredOption('--from <source>', 'what the file is: orders-csv (plain or .gz)')
    .requiredOption('--map <field=Column...>', 'which column holds id, time, country (quantity, price)')
    .option('--map-time-format <format>', 'how times are written, e.g. "M/D/YYYY H:MM"; else ISO 8601')
    .option(
      '--cancelled-prefix <text>',
      'what the ids of cancelled orders begin with, where they are marked so',
    )
    .option('--day <date>', 'the day to replay: auto (the busiest) or YYYY-MM-DD', 'auto')
    .option('--lines <file>', 'order lines, for basket sizes and item popularity')
    .option('--lines-map <field=Column...>', 'which column of the lines holds what')
    .option('--name <name>', 'name of the profile')
    .requiredOption('--out <file>', 'where the profile is written')
    .action(async (file: string, options: Options) => {
      const { recordProfile } = await import('../loadtests/record/record.ts');
      const { json, mapTimeFormat, ...rest } = options;
      const profile = await recordProfile({ ...rest, file, timeFormat: mapTimeFormat });
      const text = `${options.out}: profile ${profile.name} written`;
      print(cli, json, { out: options.out, profile }, text);
    });
}
