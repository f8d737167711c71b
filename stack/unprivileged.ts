// PostgreSQL refuses to run as root. As root it is run as an account that owns nothing else, in places that account can reach.
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from './usage-error.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** undefined when we are not root and need no other account. */
export function unprivilegedAccount(passwd = '/etc/passwd'): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync(passwd, 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new UsageError(
    'PostgreSQL does not run as root, and this system has neither an account postgres nor nobody: run as another user',
  );
}

/** Whether every directory on the way can be passed by `account`. */
export function canReach(account: Account, path: string): boolean {
  for (let place = path; ; place = dirname(place)) {
    const { uid, gid, mode } = statSync(place);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (place === dirname(place)) return true;
  }
}

/** A directory of the account's own: where we wanted it if the account gets there, else below the system's temporary one. */
export function directoryFor(account: Account | undefined, wanted: string): string {
  mkdirSync(dirname(wanted), { recursive: true });
  if (account === undefined || canReach(account, dirname(wanted))) {
    mkdirSync(wanted, { mode: 0o700 });
    return wanted;
  }
  return mkdtempSync(join(tmpdir(), 'headroom-'));
}

/** The same tree of programs where the account can run it: itself, or a copy that is kept for the next time. */
export function reachableCopy(
  account: Account | undefined,
  tree: string,
  label: string,
  alsoRemove: (place: string) => void,
): string {
  if (account === undefined || canReach(account, tree)) return tree;
  const copy = join(tmpdir(), `headroom-${label}`);
  if (isOurs(copy)) return copy;
  const fresh = mkdtempSync(join(tmpdir(), 'headroom-copy-'));
  execFileSync('cp', ['-R', '-P', `${tree}/.`, fresh]);
  execFileSync('chmod', ['-R', 'go+rX', fresh]);
  try {
    renameSync(fresh, copy);
    return copy;
  } catch {
    // The name belongs to somebody else; a copy under another name does as well, for this run.
    alsoRemove(fresh);
    return fresh;
  }
}

/** Anybody may create a name in a shared temporary directory: only what root made and nobody else can write is trusted. */
function isOurs(path: string): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false });
  return status?.isDirectory() === true && status.uid === 0 && (status.mode & 0o022) === 0;
}
