// Ending somebody else's run from outside: politely through its owner, by force when that does not help.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { clearLeftovers } from './leftovers.ts';
import { isAlive, signalAll } from './process-table.ts';
import type { Progress } from './progress.ts';
import { readLock, releaseLock } from './run-lock.ts';
import { until } from './until.ts';

export interface EndedRun {
  /** Id of the run whose owner was asked to stop; null when none was going. */
  readonly stopped: string | null;
  /** Names of processes that a dead owner had left. */
  readonly cleared: readonly string[];
}

// An ordered stop undoes faults and drains: longer than the longest deadline of a part.
const politeMs = 60_000;

export async function endRun(stateDirectory: string, progress: Progress): Promise<EndedRun> {
  const runs = join(stateDirectory, 'run');
  if (!existsSync(runs)) return { stopped: null, cleared: [] };
  const holder = readLock(runs);
  const going = holder !== null && isAlive(holder.owner);
  if (going) {
    progress.note(`asking run ${holder.id} (pid ${holder.owner.pid}) to stop`);
    signalAll([holder.owner], 'SIGTERM');
    const gone = () => (isAlive(holder.owner) ? null : true);
    await until('the run ended', gone, { withinMs: politeMs }).catch(() => {
      progress.note('it did not: killing it');
      signalAll([holder.owner], 'SIGKILL');
    });
    await until('the run was killed', gone, { withinMs: 5_000 });
  }
  const cleared = await clearLeftovers(runs, progress);
  if (holder !== null) releaseLock(runs, holder.id);
  return { stopped: going ? holder.id : null, cleared };
}

export function endText({ stopped, cleared }: EndedRun): string {
  if (stopped !== null) return `run ${stopped} has ended`;
  return cleared.length > 0 ? `cleared: ${cleared.join(', ')}` : 'nothing was running';
}
