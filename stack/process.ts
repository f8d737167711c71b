// Starting a process of ours and being sure about it: recorded before use, its own group, ready when it says so.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Identity, signalAll, treeOf } from './process-table.ts';
import type { Run } from './run.ts';
import type { Running } from './running.ts';
import { until } from './until.ts';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to what the process inherits; `without` names what it must not inherit. */
  readonly env?: Readonly<Record<string, string>>;
  readonly without?: readonly string[];
  readonly cwd?: string;
  readonly url: string;
  readonly version: string;
  /** True once it serves; null while it does not. */
  readonly ready: () => Promise<true | null>;
  readonly readyWithinMs?: number;
  readonly stopSignal?: NodeJS.Signals;
  readonly stopWithinMs?: number;
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
}

export async function startProcess(run: Run, spec: ProcessSpec): Promise<Running> {
  run.signal?.throwIfAborted();
  const logFile = join(run.logs, `${spec.name}.log`);
  const child = spawnLogged(spec, logFile);
  const exited = exitOf(child);
  if (child.pid === undefined) throw new Error(`${spec.name} did not start: ${(await exited).reason}`);
  const running = handle(run, spec, run.adopt(spec.name, child.pid), exited);
  run.onStop(() => running.stop());
  await becomeReady(run, spec, running, exited, logFile);
  return running;
}

type Exit = Awaited<Running['exited']> & { readonly reason?: string };

function spawnLogged(spec: ProcessSpec, logFile: string): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of spec.without ?? []) delete env[name];
  const log = openSync(logFile, 'a');
  try {
    return spawn(spec.command, [...spec.args], {
      env: { ...env, ...spec.env },
      stdio: ['ignore', log, log],
      // A group of its own: Ctrl-C in the terminal reaches us alone, and we stop the parts in order.
      detached: true,
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      ...(spec.account === undefined ? {} : spec.account),
    });
  } finally {
    closeSync(log);
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, reason: error.message }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

async function becomeReady(
  run: Run,
  spec: ProcessSpec,
  running: Running,
  exited: Promise<Exit>,
  logFile: string,
): Promise<void> {
  let ended: Exit | undefined;
  void exited.then((exit) => (ended = exit));
  const ask = async () => {
    if (ended === undefined) return await spec.ready();
    throw new Error(`it ended with ${ended.signal ?? `exit code ${ended.code}`}`);
  };
  try {
    await until('it was not ready', ask, { withinMs: spec.readyWithinMs ?? 20_000, signal: run.signal });
  } catch (error) {
    await running.kill();
    run.signal?.throwIfAborted();
    throw new Error(`${spec.name} did not start: ${(error as Error).message}\n${lastLines(logFile)}`);
  }
}

const lastLines = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');

function handle(run: Run, spec: ProcessSpec, identity: Identity, exited: Promise<Exit>): Running {
  const send = (signal: NodeJS.Signals) => signalAll(treeOf(identity), signal);
  const kill = async () => {
    send('SIGKILL');
    await exited;
  };
  return {
    name: spec.name,
    pid: identity.pid,
    url: spec.url,
    version: spec.version,
    exited,
    kill,
    pause: () => send('SIGSTOP'),
    resume: () => send('SIGCONT'),
    again: () => startProcess(run, spec),
    async stop() {
      send('SIGCONT');
      signalAll([identity], spec.stopSignal ?? 'SIGTERM');
      const deadline = new AbortController();
      const late = once(deadline.signal, 'abort').then(() => 'late' as const);
      const timer = setTimeout(() => deadline.abort(), spec.stopWithinMs ?? 5_000);
      const outcome = await Promise.race([exited, late]);
      clearTimeout(timer);
      if (outcome === 'late') await kill();
      send('SIGKILL'); // what it left behind in its group
    },
  };
}
