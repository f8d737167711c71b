// The headroom command. Here are its verbs, its exit codes and what becomes of an error; each verb is a file of its own.
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../stack/places.ts';
import { isUsageError } from '../stack/usage-error.ts';
import { type Cli, type Io, processIo } from './cli.ts';
import { addAlerts } from './alerts.ts';
import { addBench } from './bench.ts';
import { addCrash } from './crash.ts';
import { addDashboards } from './dashboards.ts';
import { addDlq } from './dlq.ts';
import { addDoctor } from './doctor.ts';
import { addDown } from './down.ts';
import { addDrill } from './drill.ts';
import { exitCodeOf } from './exit-codes.ts';
import { addGate } from './gate.ts';
import { addProof } from './proof.ts';
import { addQueue } from './queue.ts';
import { addRecord } from './record.ts';
import { addSignals } from './signals.ts';
import { addSwitch } from './switch.ts';
import { addUp } from './up.ts';
import { addVerify } from './verify.ts';

const verbs = [
  addDoctor,
  addUp,
  addDown,
  addDrill,
  addRecord,
  addGate,
  addVerify,
  addCrash,
  addBench,
  addSwitch,
  addAlerts,
  addDashboards,
  addProof,
  addSignals,
  addDlq,
  addQueue,
];

/** Never throws: whatever happens becomes an exit code and one message. */
export async function main(argv: readonly string[], io: Io = processIo): Promise<number> {
  let exitCode = 0;
  const cli: Cli = { program: makeProgram(io), io, finish: (code) => (exitCode = code) };
  for (const add of verbs) add(cli);
  try {
    await cli.program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, io, argv.includes('--json'));
  }
}

function makeProgram(io: Io): Command {
  return new Command('headroom')
    .description('Tells a shop, with evidence, whether its checkout will survive the peak.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError('(--help shows what is possible)')
    .addHelpText('after', '\nExample:\n  headroom drill --short');
}

/** An interrupted command has no answer: inconclusive, not red. */
function report(error: unknown, io: Io, json: boolean): number {
  const exitCode = exitCodeOf(error);
  // Commander has printed its own complaint already.
  if (!(error instanceof CommanderError)) io.err(`${describe(error, exitCode)}\n`);
  if (json && exitCode !== 0)
    io.out(`${JSON.stringify({ error: (error as Error).message, exit_code: exitCode })}\n`);
  return exitCode;
}

function describe(error: unknown, exitCode: number): string {
  if (isUsageError(error)) return `error: ${error.message}`;
  if (exitCode === 3) return 'interrupted: everything was stopped, nothing was proven';
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `internal error, please report it: ${text}`;
}
