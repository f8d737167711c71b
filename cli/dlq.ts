import type { Command } from 'commander';
import type { DeskResult } from '../workers/letter-desk.ts';
import { UsageError } from '../stack/usage-error.ts';
import { atWorkers, ofWorkers, type WorkersOptions } from './at-workers.ts';
import { type Cli, decider, print } from './cli.ts';

type Options = WorkersOptions & { readonly all?: boolean; readonly by?: string; readonly why?: string };

export function addDlq(cli: Cli): void {
  const group = cli.program
    .command('dlq')
    .description('Dead letters: jobs that will not run again by themselves.')
    .addHelpText(
      'after',
      '\nExample:\n  headroom dlq list --json\n  headroom dlq redrive --all\n  headroom dlq drop 7 --why "address does not exist"',
    );
  addList(cli, group);
  addShow(cli, group);
  addRedrive(cli, group);
  addDrop(cli, group);
}

function addList(cli: Cli, group: Command): void {
  ofWorkers(group.command('list'))
    .description('Open dead letters, oldest first.')
    .option('--all', 'also what was redriven or dropped, and by whom')
    .addHelpText('after', '\nExample:\n  headroom dlq list')
    .action((options: Options) =>
      atWorkers(cli, options, false, async ({ db }) => {
        const { listLetters, lettersText } = await desk();
        const letters = await listLetters(db, options.all);
        print(cli, options.json, letters, lettersText(letters));
      }),
    );
}

function addShow(cli: Cli, group: Command): void {
  ofWorkers(group.command('show <id>'))
    .description('Everything about one: its error, its order, its trace.')
    .addHelpText('after', '\nExample:\n  headroom dlq show 7')
    .action((id: string, options: Options) =>
      atWorkers(cli, options, false, async ({ db }) => {
        const { findLetter, letterText } = await desk();
        const letter = await findLetter(db, letterId(id));
        if (letter === null) throw new UsageError(`${id}: ${whyNot.not_found}`);
        print(cli, options.json, letter, letterText(letter));
      }),
    );
}

function addRedrive(cli: Cli, group: Command): void {
  ofWorkers(group.command('redrive [ids...]'))
    .description('Runs them again from the first attempt; from the outbox when the queue has lost the job.')
    .option('--all', 'every open one')
    .option('--by <name>', 'who decides (default: $USER)')
    .addHelpText('after', '\nExample:\n  headroom dlq redrive 7 8')
    .action((ids: string[], options: Options) => {
      if ((ids.length === 0) === !options.all) throw new UsageError('name the letters, or --all');
      const named = ids.map(letterId);
      const by = decider(options);
      return atWorkers(cli, options, true, async ({ db, producer }) => {
        const { listLetters, redriveLetter } = await desk();
        const chosen = options.all ? (await listLetters(db)).map(({ id }) => id) : named;
        const results: Told[] = [];
        for (const id of chosen) results.push({ id, ...(await redriveLetter(db, producer, id, by)) });
        tell(cli, options, results);
      });
    });
}

function addDrop(cli: Cli, group: Command): void {
  ofWorkers(group.command('drop <id>'))
    .description('Nobody will handle it. It stays on record with who dropped it and why.')
    .requiredOption('--why <text>', 'the reason, for the record')
    .option('--by <name>', 'who decides (default: $USER)')
    .addHelpText('after', '\nExample:\n  headroom dlq drop 7 --why "address does not exist"')
    .action((text: string, options: Options) => {
      const id = letterId(text);
      const why = options.why!.trim();
      if (why === '') throw new UsageError('--why: say why, for the record');
      const decision = { by: decider(options), why };
      return atWorkers(cli, options, false, async ({ db, producer }) => {
        const { dropLetter } = await desk();
        tell(cli, options, [{ id, ...(await dropLetter(db, producer, id, decision)) }]);
      });
    });
}

const desk = async () => ({
  ...(await import('../workers/letter-desk.ts')),
  ...(await import('../workers/desk-text.ts')),
});

function letterId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`${text} is no letter: write its number from the list`);
}

const whyNot = {
  not_found: 'there is no such dead letter',
  not_open: 'it was redriven or dropped already',
  nothing_to_run: 'neither the queue nor the outbox knows its job any more: it can only be dropped',
} as const;

type Told = { readonly id: number } & DeskResult;

function tell(cli: Cli, { json }: Options, results: readonly Told[]): void {
  const said = ({ id, kind }: Told) =>
    `${id}: ${kind in whyNot ? whyNot[kind as keyof typeof whyNot] : kind}`;
  print(cli, json, results, results.length === 0 ? 'No dead letters.' : results.map(said).join('\n'));
  if (results.some(({ kind }) => kind in whyNot)) cli.finish(2);
}
