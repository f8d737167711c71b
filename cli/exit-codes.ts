// What an error means to a pipeline. Verdicts have their codes in loadtests/gate/verdict.ts; these are the rest.
import { CommanderError } from 'commander';
import { isUsageError } from '../stack/usage-error.ts';

const usageCode = 2;
const interruptedCode = 3;
/** EX_SOFTWARE of sysexits.h. Never 1: that would say no-go of a shop nobody looked at. */
const internalErrorCode = 70;

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return askedForHelp(error) ? 0 : usageCode;
  if (isUsageError(error)) return usageCode;
  if (error instanceof Error && error.name === 'AbortError') return interruptedCode;
  return internalErrorCode;
}

// `commander.help` is what a bare `headroom` ends with; it is help nobody asked for.
const askedForHelp = (error: CommanderError) =>
  error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
