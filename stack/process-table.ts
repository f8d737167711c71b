// Who is running, told apart from a later process that was given the same pid.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Opaque; together with the pid it is unique until the next boot. */
  readonly started: string;
}

function processTable(): ProcessRow[] {
  if (process.platform !== 'linux') return fromPs();
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => rowOf(Number(entry)))
    .filter((row) => row !== null);
}

export function rowOf(pid: number): ProcessRow | null {
  if (process.platform !== 'linux') return fromPs().find((row) => row.pid === pid) ?? null;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces and parentheses; what follows the last one is regular (man 5 proc).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, parent, group] = fields;
    if (state === 'Z' || state === 'X') return null; // a zombie holds no port and no file
    return { pid, parent: Number(parent), group: Number(group), started: fields[19]! };
  } catch {
    return null; // ended between the listing and the reading
  }
}

function fromPs(): ProcessRow[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,lstart='], { encoding: 'utf8' });
  return text
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.+?)\s*$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, group, started]) => ({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      started: started!,
    }));
}

export interface Identity {
  readonly pid: number;
  readonly started: string;
}

export function identityOf(pid: number): Identity | null {
  const row = rowOf(pid);
  return row === null ? null : { pid, started: row.started };
}

export function isAlive(identity: Identity): boolean {
  return rowOf(identity.pid)?.started === identity.started;
}

/** The process, its group and all that descends from it: PostgreSQL's backends leave the group, so the group alone is not enough. */
export function treeOf(identity: Identity, table: readonly ProcessRow[] = processTable()): Identity[] {
  const root = table.find((row) => row.pid === identity.pid);
  // Its number belongs to somebody else by now.
  if (root !== undefined && root.started !== identity.started) return [];
  const members = new Map<number, ProcessRow>();
  if (root !== undefined) members.set(root.pid, root);
  // A number stays reserved while a group bears it, so the group of a dead leader is still ours.
  for (const row of table) if (row.group === identity.pid) members.set(row.pid, row);
  for (let grown = true; grown; ) {
    grown = false;
    for (const row of table) {
      if (members.has(row.pid) || !members.has(row.parent)) continue;
      members.set(row.pid, row);
      grown = true;
    }
  }
  return [...members.values()].map(({ pid, started }) => ({ pid, started }));
}

/** Sends a signal to each that is still the same process; one that ended meanwhile is what we wanted anyway. */
export function signalAll(targets: readonly Identity[], signal: NodeJS.Signals): void {
  for (const target of targets) {
    if (!isAlive(target)) continue;
    try {
      process.kill(target.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
