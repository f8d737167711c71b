// Finding and clearing what a run left that was killed before it could stop its parts.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clearOutside, outsideText } from './outside.ts';
import { isAlive, signalAll, treeOf } from './process-table.ts';
import type { Progress } from './progress.ts';
import { type RunRecord, recordFile } from './run-record.ts';
import { until } from './until.ts';

// PostgreSQL and Redis end within this after SIGTERM when nobody talks to them; then they are made to.
const politeMs = 3_000;

/** Returns what was ended, by name. Only what a record names and what is still the same process is touched. */
export async function clearLeftovers(runs: string, progress: Progress): Promise<string[]> {
  const ended: string[] = [];
  for (const { directory, record } of staleRuns(runs)) {
    const left = record.children.filter((child) => treeOf(child).length > 0);
    if (left.length > 0) {
      const names = left.map((child) => `${child.name} (pid ${child.pid})`).join(', ');
      progress.note(`clearing up after run ${record.id}, which did not end by itself: ${names}`);
    }
    await endAll(left);
    ended.push(...left.map((child) => child.name));
    if (!(await clearAllOutside(record, directory, progress))) continue;
    for (const place of [...record.elsewhere, directory]) rmSync(place, { recursive: true, force: true });
  }
  return ended;
}

/** False when a server could not be reached: the record stays, so that a later run tries again. */
async function clearAllOutside(record: RunRecord, directory: string, progress: Progress): Promise<boolean> {
  let cleared = true;
  for (const outside of record.outside ?? []) {
    const what = outsideText(outside);
    try {
      await clearOutside(outside);
      progress.note(`cleared what run ${record.id} had left: ${what}`);
    } catch (error) {
      cleared = false;
      progress.note(
        `could not clear what run ${record.id} left (${what}): ${(error as Error).message}; remove ${directory} to forget it`,
      );
    }
  }
  return cleared;
}

function staleRuns(runs: string): { directory: string; record: RunRecord }[] {
  const found: { directory: string; record: RunRecord }[] = [];
  for (const entry of readdirSync(runs, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const directory = join(runs, entry.name);
    const record = recordIn(directory);
    if (record !== null && !isAlive(record.owner)) found.push({ directory, record });
  }
  return found;
}

function recordIn(directory: string): RunRecord | null {
  try {
    return JSON.parse(readFileSync(join(directory, recordFile), 'utf8')) as RunRecord;
  } catch (error) {
    // A run that was kept for reading has no record any more.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function endAll(children: RunRecord['children']): Promise<void> {
  const trees = children.flatMap((child) => treeOf(child));
  if (trees.length === 0) return;
  signalAll(trees, 'SIGCONT'); // an experiment may have left it paused
  signalAll(trees, 'SIGTERM');
  const gone = () => (trees.some(isAlive) ? null : true);
  await until('leftovers ended', gone, { withinMs: politeMs }).catch(() => signalAll(trees, 'SIGKILL'));
  await until('leftovers killed', gone, { withinMs: 5_000 });
}
