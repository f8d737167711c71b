// Running a program to its end and keeping what it said.
import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
  readonly withinMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** Last lines of what went wrong, for an error message. */
  readonly complaint: string;
}

/** Never rejects for a program that fails: that is an answer. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.withinMs,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const finish = (ok: boolean, extra: string) => {
      const said = `${Buffer.concat(err).toString().trim()}\n${extra}`.trim();
      resolve({
        ok,
        stdout: Buffer.concat(out).toString(),
        complaint: said.split('\n').slice(-4).join('; '),
      });
    };
    child.once('error', (error) => finish(false, error.message));
    child.once('close', (code, signal) =>
      finish(code === 0, code === 0 ? '' : `${command} ended with ${signal ?? code}`),
    );
  });
}
