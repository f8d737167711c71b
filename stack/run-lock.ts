// One run at a time in one state directory: two would share CPUs and spoil each other's figures.
import { join } from 'node:path';
import { type Claim, readClaim, releaseClaim, tryClaim } from './lock-file.ts';
import { UsageError } from './usage-error.ts';

const lockIn = (runs: string) => join(runs, 'lock.json');

export function claimLock(runs: string, claim: Claim): void {
  const holder = tryClaim(lockIn(runs), claim);
  if (holder === null) return;
  throw new UsageError(
    `another run is going here (${holder.id}, pid ${holder.owner.pid}): wait for it, or end it with \`headroom down\``,
  );
}

export const readLock = (runs: string): Claim | null => readClaim(lockIn(runs));

export const releaseLock = (runs: string, id: string): void => releaseClaim(lockIn(runs), id);
