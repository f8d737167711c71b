// One run at a time in one state directory: two would share CPUs and spoil each other's figures.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Identity, isAlive } from './process-table.ts';
import { UsageError } from './usage-error.ts';

export interface Claim {
  readonly id: string;
  readonly owner: Identity;
}

const lockIn = (runs: string) => join(runs, 'lock.json');

export function claimLock(runs: string, claim: Claim): void {
  const mine = join(runs, `lock.${process.pid}.${claim.id}`);
  writeFileSync(mine, JSON.stringify(claim));
  try {
    while (!linked(mine, lockIn(runs))) {
      const holder = readLock(runs);
      if (holder !== null && isAlive(holder.owner)) {
        throw new UsageError(
          `another run is going here (${holder.id}, pid ${holder.owner.pid}): wait for it, or end it with \`headroom down\``,
        );
      }
      // A rename succeeds for one of several who see the same dead holder.
      discard(runs, holder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** link() fails when the name exists, so creating and filling the lock are one step. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function discard(runs: string, seen: Claim | null): void {
  const aside = join(runs, `lock.stale.${process.pid}`);
  try {
    renameSync(lockIn(runs), aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = JSON.parse(readFileSync(aside, 'utf8')) as Claim;
  // Somebody quicker had already replaced the dead holder: give the lock back.
  if (seen !== null && taken.id !== seen.id) linked(aside, lockIn(runs));
  rmSync(aside, { force: true });
}

export function readLock(runs: string): Claim | null {
  try {
    return JSON.parse(readFileSync(lockIn(runs), 'utf8')) as Claim;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function releaseLock(runs: string, id: string): void {
  if (readLock(runs)?.id === id) rmSync(lockIn(runs), { force: true });
}
