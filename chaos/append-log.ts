// An append-only NDJSON file that has reached the disk before append() resolves. Books and journals live in it.
import { mkdir, open, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface AppendLog {
  /** Resolves once the row is on disk. Rows appended while a flush runs share the next fsync. */
  append(row: object): Promise<void>;
  /** Resolves once everything appended so far is on disk. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

/** Rows of an NDJSON file. A last line without its newline was never acknowledged, so it is not a row. */
export async function readRows<Row>(path: string): Promise<{ rows: Row[]; bytes: number; torn: boolean }> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const rows = whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line, at) => {
      try {
        return JSON.parse(line) as Row;
      } catch {
        throw new Error(`${path}: line ${at + 1} is not JSON`);
      }
    });
  return { rows, bytes: Buffer.byteLength(whole), torn: whole.length < text.length };
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export async function openAppendLog<Row>(path: string): Promise<{ log: AppendLog; rows: Row[] }> {
  await mkdir(dirname(path), { recursive: true });
  const { rows, bytes, torn } = await readRows<Row>(path);
  if (torn) await truncate(path, bytes);
  const handle = await open(path, 'a');
  // Without it a crash can lose the whole new file, however often its contents were synced.
  await syncDirectory(dirname(path));

  let pending: string[] = [];
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  const flush = async () => {
    const batch = pending;
    pending = [];
    next = null;
    await handle.appendFile(batch.join(''));
    await handle.datasync();
  };
  const log: AppendLog = {
    append(row) {
      pending.push(`${JSON.stringify(row)}\n`);
      // After one failed flush `current` stays rejected: what the disk holds is no longer known, so nothing more is promised.
      if (next === null) {
        next = current.then(flush);
        current = next;
      }
      return next;
    },
    flushed: () => current,
    async close() {
      await current.finally(() => handle.close());
    },
  };
  return { log, rows };
}
