// A file that one living process holds at a time. Made with link() and taken away with rename(), so that no moment exists in
// which it is there and empty, and none of several who see the same dead holder takes away another's.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Identity, isAlive } from './process-table.ts';

export interface Claim {
  readonly id: string;
  readonly owner: Identity;
}

/** Null when the claim now holds the file; otherwise who holds it, and lives. */
export function tryClaim(file: string, claim: Claim): Claim | null {
  const mine = `${file}.${process.pid}.${claim.id}`;
  writeFileSync(mine, JSON.stringify(claim));
  try {
    while (!linked(mine, file)) {
      const holder = readClaim(file);
      if (holder !== null && isAlive(holder.owner)) return holder;
      // A rename succeeds for one of several who see the same dead holder.
      discard(file, `${mine}.stale`, holder);
    }
    return null;
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

function discard(file: string, aside: string, seen: Claim | null): void {
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const taken = readClaim(aside);
  // Somebody quicker had already replaced the dead holder: give the lock back.
  if (seen !== null && taken !== null && taken.id !== seen.id) linked(aside, file);
  rmSync(aside, { force: true });
}

// Not written by this program, or by an older one that was killed in the middle: nobody lives who holds it.
const nobody: Claim = { id: 'nobody', owner: { pid: 0, started: 'never' } };

export function readClaim(file: string): Claim | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { id, owner } = JSON.parse(text) as Partial<Claim>;
    return id === undefined || owner === undefined ? nobody : { id, owner };
  } catch {
    return nobody;
  }
}

export function releaseClaim(file: string, id: string): void {
  if (readClaim(file)?.id === id) rmSync(file, { force: true });
}
