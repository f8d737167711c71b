// The evidence folder: written whole or not at all, read with an error that names the file, sealed by hashes.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { readRows } from '../chaos/append-log.ts';
import { UsageError } from '../stack/usage-error.ts';

/** Every file the judge reads or the reader opens, by what is in it. */
export const files = {
  run: 'run.json',
  journal: 'journal.ndjson',
  baseline: 'baseline.json',
  replay: 'replay.json',
  shoppers: 'ledgers/shoppers.ndjson',
  providers: 'ledgers/providers.ndjson',
  database: 'ledgers/database.ndjson',
  mailbox: 'ledgers/mailbox.ndjson',
  alerts: 'alerts.ndjson',
  experiments: 'experiments.json',
  machine: 'machine.ndjson',
  queues: 'queues.json',
  aftermath: 'aftermath.json',
  slis: 'slis.ndjson',
  panels: 'panels.json',
  charts: 'charts.json',
  signals: 'signals.json',
  history: 'history.json',
  spans: 'spans.ndjson',
  spanFacts: 'spans.json',
  verdict: 'verdict.json',
  report: 'report.html',
  summary: 'summary.md',
  junit: 'junit.xml',
  manifest: 'manifest.json',
} as const;

/** Folder of the dashboards that ran, as Grafana would load them. */
export const dashboardsFolder = 'dashboards';
export const dashboardFile = (uid: string) => `${dashboardsFolder}/${uid}.json`;

/** Temp file, fsync, rename: a reader sees the old file or the new one, never half of it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

export const writeJson = (dir: string, file: string, value: unknown) =>
  writeWhole(join(dir, file), `${JSON.stringify(value, null, 2)}\n`);

export async function makeEvidence(parent: string, runId: string): Promise<string> {
  const dir = join(parent, runId);
  await mkdir(parent, { recursive: true });
  // Not recursive: evidence is never added to a folder that is already there.
  await mkdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new UsageError(`${dir} exists already: evidence is never overwritten`);
    throw error;
  });
  return dir;
}

/** A link `latest` beside the run's folder leads to it; replaced in one step, so that it always leads somewhere. */
export async function nameLatest(dir: string): Promise<void> {
  const link = join(dirname(dir), 'latest');
  const temporary = `${link}.${process.pid}.part`;
  await symlink(basename(dir), temporary);
  await rename(temporary, link);
}

/** A JSON file of the folder, or null when it is not there: the checks that need it are then unknown. */
export async function readFacts<T>(dir: string, file: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(join(dir, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    // ENOTDIR: somebody named a file where a folder was meant.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (text === null) return null;
  return parseAs(join(dir, file), text, schema);
}

function parseAs<T>(path: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`${path} is not JSON: the evidence cannot be read`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new UsageError(`${path}: ${first?.path.join('.') ?? ''} ${first?.message ?? 'is not readable'}`);
}

/** Rows of an NDJSON file; null when it is not there. */
export async function readFactRows<T>(dir: string, file: string, row: z.ZodType<T>): Promise<T[] | null> {
  const present = await access(join(dir, file)).then(
    () => true,
    () => false,
  );
  if (!present) return null;
  const { rows } = await readRows<unknown>(join(dir, file)).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  return rows.map((value, at) => {
    const parsed = row.safeParse(value);
    if (parsed.success) return parsed.data;
    const first = parsed.error.issues[0];
    throw new UsageError(
      `${join(dir, file)}: line ${at + 1}: ${first?.path.join('.') ?? ''} ${first?.message ?? 'is not readable'}`,
    );
  });
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

export const manifest = z.object({
  schema: z.literal(1),
  run_id: z.string(),
  sealed_at: z.string(),
  git: z.object({ sha: z.string(), dirty: z.boolean() }),
  versions: z.record(z.string(), z.string()),
  options: z.record(z.string(), z.unknown()),
  seed: z.number().int(),
  profile_hash: z.string(),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});
export type Manifest = z.infer<typeof manifest>;

async function hashes(dir: string): Promise<Record<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter((name) => name !== files.manifest)
    .sort();
  const rows: [string, string][] = [];
  for (const name of names) rows.push([name, await sha256Of(join(dir, name))]);
  return Object.fromEntries(rows);
}

/** Written last: a folder without it is a run that never ended. */
export async function seal(
  dir: string,
  head: Omit<Manifest, 'files' | 'schema' | 'sealed_at'>,
): Promise<string> {
  const sealed: Manifest = {
    schema: 1,
    ...head,
    sealed_at: new Date().toISOString(),
    files: await hashes(dir),
  };
  await writeJson(dir, files.manifest, sealed);
  return sha256Of(join(dir, files.manifest));
}

/** What differs from the seal, one sentence a file; empty when nothing does. */
export async function brokenSeals(dir: string, sealed: Manifest): Promise<string[]> {
  const now = await hashes(dir);
  const changed = Object.entries(sealed.files).flatMap(([name, hash]) =>
    now[name] === undefined
      ? [`${name} is gone`]
      : now[name] === hash
        ? []
        : [`${name} was changed after the run`],
  );
  const added = Object.keys(now).flatMap((name) =>
    name in sealed.files ? [] : [`${name} was added after the run`],
  );
  return [...changed, ...added];
}
