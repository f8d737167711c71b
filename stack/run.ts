// One run and everything it started: children are recorded before anybody uses them, and stopped in reverse order.
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clearLeftovers } from './leftovers.ts';
import { clearOutside, type Outside } from './outside.ts';
import { type Identity, identityOf, signalAll, treeOf } from './process-table.ts';
import type { Progress } from './progress.ts';
import { claimLock, releaseLock } from './run-lock.ts';
import { type RunRecord, recordFile, type ShopDoor } from './run-record.ts';

export interface Run {
  readonly id: string;
  readonly directory: string;
  readonly logs: string;
  /** Aborts on the first Ctrl-C; every wait of a start listens to it. */
  readonly signal: AbortSignal | undefined;
  /** Records a child before anybody uses it. */
  adopt(name: string, pid: number): Identity;
  alsoRemove(directory: string): void;
  /** Records what is about to be made in a server of the user's own, and clears it when the run stops. */
  alsoClear(outside: Outside): void;
  /** Records how the shop is reached, for commands in other terminals. */
  serves(shop: ShopDoor): void;
  /** Stops are called in reverse order of their start. */
  onStop(stop: () => Promise<void>): void;
  /** Ordered stop; the run's directory goes, unless it is kept for reading. Safe to call twice. */
  stop(options?: { readonly keep?: boolean }): Promise<void>;
}

export interface RunOptions {
  readonly stateDirectory: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export async function openRun(options: RunOptions): Promise<Run> {
  const runs = join(options.stateDirectory, 'run');
  mkdirSync(runs, { recursive: true });
  const owner = identityOf(process.pid)!;
  const id = `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
  claimLock(runs, { id, owner });
  await clearLeftovers(runs, options.progress);
  return makeRun(runs, id, owner, options.signal);
}

function makeRun(runs: string, id: string, owner: Identity, signal: AbortSignal | undefined): Run {
  const directory = join(runs, id);
  const logs = join(directory, 'logs');
  mkdirSync(logs, { recursive: true });
  const children: (Identity & { name: string })[] = [];
  const elsewhere: string[] = [];
  const outside: Outside[] = [];
  let shop: ShopDoor | undefined;
  const stops: (() => Promise<void>)[] = [];
  const write = () => {
    const record: RunRecord = { id, owner, children, elsewhere, outside, shop };
    const file = join(directory, recordFile);
    // It may name a URL with its password, and the shop's secret: for this user's eyes only.
    writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  write();
  // Whatever ends this process in a way that JavaScript still sees takes the children with it.
  const killAll = () => {
    for (const child of children) signalAll(treeOf(child), 'SIGKILL');
  };
  process.once('exit', killAll);
  let stopping: Promise<void> | undefined;

  const stopInOrder = async (keep: boolean) => {
    const failures: unknown[] = [];
    for (const stop of stops.reverse()) await stop().catch((error: unknown) => failures.push(error));
    killAll();
    process.removeListener('exit', killAll);
    for (const place of elsewhere) rmSync(place, { recursive: true, force: true });
    if (keep) rmSync(join(directory, recordFile), { force: true });
    else rmSync(directory, { recursive: true, force: true });
    releaseLock(runs, id);
    if (failures.length > 0) throw new AggregateError(failures, 'stopping the stack did not go smoothly');
  };

  return {
    id,
    directory,
    logs,
    signal,
    adopt(name, pid) {
      // A child that is already gone has nothing to be cleared.
      const identity = identityOf(pid) ?? { pid, started: 'gone' };
      children.push({ ...identity, name });
      write();
      return identity;
    },
    alsoRemove(place) {
      elsewhere.push(place);
      write();
    },
    alsoClear(place) {
      outside.push(place);
      write();
      stops.push(() => clearOutside(place));
    },
    serves(door) {
      shop = door;
      write();
    },
    onStop: (stop) => void stops.push(stop),
    stop: ({ keep = false } = {}) => (stopping ??= stopInOrder(keep)),
  };
}
