// What every verb is handed, and the few options that several verbs share.
import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../stack/usage-error.ts';

export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Progress may overwrite its line. */
  readonly terminal: boolean;
}

export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  terminal: process.stderr.isTTY === true && !process.env.CI,
};

export interface Cli {
  readonly program: Command;
  readonly io: Io;
  /** The verb's exit code. */
  finish(exitCode: number): void;
}

/** Declares a verb with its description, its example and --json. */
export function verb(cli: Cli, usage: string, description: string, example: string): Command {
  return cli.program
    .command(usage)
    .description(description)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `\nExample:\n  ${example}`);
}

/** One result, for machines or for people. */
export function print(cli: Cli, json: boolean | undefined, value: unknown, text: string): void {
  cli.io.out(json ? `${JSON.stringify(value, null, 2)}\n` : `${text}\n`);
}

/** Who decides, for whatever is put on record. */
export function decider({ by }: { readonly by?: string | undefined }): string {
  const name = by ?? process.env.USER;
  if (name === undefined || name === '') throw new UsageError('--by: say who decides, for the log');
  return name;
}

export const positive = (limit: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= limit) return value;
  throw new InvalidArgumentError(`Write a number above 0 and at most ${limit}.`);
};

export const wholeNumber = (limit: number) => (text: string) => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= limit) return value;
  throw new InvalidArgumentError(`Write a whole number from 0 to ${limit}.`);
};
