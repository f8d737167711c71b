// A process that outlives the engine for as long as it takes to undo. It holds one end of a pipe: when the engine dies,
// however it dies, the pipe closes and every undo still open in the journal is done. Leases end what it cannot reach.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { undoFromJournal } from './undo.ts';

export interface Watchdog {
  readonly pid: number;
  /** Ends it; it looks into the journal once more on the way out. */
  stop(): Promise<void>;
}

export function startWatchdog(options: {
  readonly journalPath: string;
  readonly labControlUrl: string;
}): Watchdog {
  const child = spawn(
    process.execPath,
    // Resolved from here: a drill may be run from a folder that has no tsx.
    [
      '--import',
      import.meta.resolve('tsx/esm'),
      import.meta.filename,
      options.journalPath,
      options.labControlUrl,
    ],
    // A group of its own: Ctrl-C in the terminal must not take it along with the engine.
    { stdio: ['pipe', 'ignore', 'inherit'], detached: true },
  );
  const exited = once(child, 'exit');
  return {
    pid: child.pid!,
    async stop() {
      child.stdin.end();
      const [code] = (await exited) as [number | null];
      if (code !== 0) throw new Error(`the watchdog could not undo everything (exit ${code})`);
    },
  };
}

async function watch(journalPath: string, labControlUrl: string): Promise<void> {
  process.stdin.resume();
  await once(process.stdin, 'close');
  const { failed } = await undoFromJournal(journalPath, { labControlUrl });
  for (const { fault_id, reason } of failed) console.error(`${fault_id}: ${reason}`);
  process.exit(failed.length === 0 ? 0 : 1);
}

if (process.argv[1] === import.meta.filename) await watch(process.argv[2]!, process.argv[3]!);
