// The write-ahead journal: an act is on disk before it is done, and its undo before the act.
import { openAppendLog, readRows } from '../append-log.ts';
import type { Undo } from '../faults/effect.ts';

export type JournalEntry =
  | { readonly kind: 'state'; readonly state: string; readonly detail?: string }
  | { readonly kind: 'undo'; readonly undo: Undo; readonly sentence: string }
  | { readonly kind: 'apply'; readonly fault_id: string }
  | { readonly kind: 'undone'; readonly fault_id: string }
  | { readonly kind: 'note'; readonly [field: string]: unknown };

/** `at_ms` is when it was written; `run` tells several experiments in one journal apart. */
export type JournalRow = JournalEntry & { readonly run: string; readonly at_ms: number };

export interface Journal {
  /** Resolves once the entry is on disk. */
  write(run: string, entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}

export async function openJournal(path: string, nowMs: () => number = Date.now): Promise<Journal> {
  const { log } = await openAppendLog(path);
  return {
    write: (run, entry) => log.append({ at_ms: nowMs(), run, ...entry }),
    close: () => log.close(),
  };
}

/** Undos that were promised and not yet done, newest first: the order in which they are to be undone. */
export async function openUndos(path: string): Promise<{ run: string; undo: Undo }[]> {
  const { rows } = await readRows<JournalRow>(path);
  const done = new Set(rows.flatMap((row) => (row.kind === 'undone' ? [row.fault_id] : [])));
  return rows
    .flatMap((row) => (row.kind === 'undo' ? [{ run: row.run, undo: row.undo }] : []))
    .filter(({ undo }) => !done.has(undo.fault_id))
    .reverse();
}
