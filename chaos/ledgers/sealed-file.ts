// A ledger on disk, sealed when it was collected: a chain of hashes, one link a row, kept apart from the rows. A row that is
// changed, removed or added later breaks the chain at its place.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const ledgerFiles = ['shoppers', 'providers', 'database', 'mailbox', 'seeded-stock'] as const;
export type LedgerFile = (typeof ledgerFiles)[number];

const seal = z.object({
  rows: z.number().int(),
  collected_ms: z.number(),
  /** The whole last link; every link, shortened, says where a chain breaks. */
  head: z.string().length(64),
  links: z.array(z.string()),
});
type Seal = z.infer<typeof seal>;

export const ledgersFolder = (evidenceDir: string) => join(evidenceDir, 'ledgers');
export const ledgerPath = (evidenceDir: string, file: LedgerFile) =>
  join(ledgersFolder(evidenceDir), `${file}.ndjson`);
const sealPath = (evidenceDir: string, file: LedgerFile) =>
  join(ledgersFolder(evidenceDir), `${file}.seal.json`);

/** 48 bits place a break; the full head proves that there is none. */
const linkLength = 12;

function sealOf(file: LedgerFile, lines: readonly string[], collected_ms: number): Seal {
  let head = createHash('sha256').update(`headroom ledger ${file}`).digest('hex');
  const links = lines.map((line) => {
    head = createHash('sha256').update(head).update(line).digest('hex');
    return head.slice(0, linkLength);
  });
  return { rows: lines.length, collected_ms, head, links };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.partial`;
  await writeFile(draft, text, { flush: true });
  await rename(draft, path);
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

export async function writeSealed(
  evidenceDir: string,
  file: LedgerFile,
  rows: readonly object[],
  collected_ms: number,
): Promise<void> {
  await mkdir(ledgersFolder(evidenceDir), { recursive: true });
  const lines = rows.map((row) => JSON.stringify(row));
  await writeWhole(ledgerPath(evidenceDir, file), lines.map((line) => `${line}\n`).join(''));
  await writeWhole(sealPath(evidenceDir, file), JSON.stringify(sealOf(file, lines, collected_ms)));
}

export type SealedRows<Row> =
  | { readonly kind: 'whole'; readonly rows: readonly Row[] }
  | { readonly kind: 'missing'; readonly detail: string }
  /** Changed after it was collected, or not readable as what it should be. */
  | { readonly kind: 'broken'; readonly detail: string };

const readOrNull = (path: string) =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });

function brokenAt(file: LedgerFile, lines: readonly string[], was: Seal): string | null {
  const now = sealOf(file, lines, was.collected_ms);
  if (now.head === was.head && now.rows === was.rows) return null;
  const at = was.links.findIndex((link, index) => link !== now.links[index]);
  const where = at === -1 ? was.rows + 1 : at + 1;
  return `${file}.ndjson was changed after it was collected, from row ${where} on: ${was.rows} rows then, ${now.rows} now`;
}

/** Rows of a collected ledger, or what is wrong with it. */
export async function readSealed<Row>(
  evidenceDir: string,
  file: LedgerFile,
  schema: z.ZodType<Row>,
): Promise<SealedRows<Row>> {
  const text = await readOrNull(ledgerPath(evidenceDir, file));
  const sealText = await readOrNull(sealPath(evidenceDir, file));
  if (text === null && sealText === null)
    return { kind: 'missing', detail: `${file}.ndjson was never collected` };
  if (text === null) return { kind: 'broken', detail: `${file}.ndjson was removed after it was collected` };
  if (sealText === null) return { kind: 'broken', detail: `the seal of ${file}.ndjson is missing` };
  const lines = linesOf(text);
  try {
    const broken = brokenAt(file, lines, seal.parse(JSON.parse(sealText)));
    if (broken !== null) return { kind: 'broken', detail: broken };
  } catch {
    return { kind: 'broken', detail: `the seal of ${file}.ndjson cannot be read` };
  }
  const rows: Row[] = [];
  for (const [at, line] of lines.entries()) {
    const row = schema.safeParse(parseOrNull(line));
    if (!row.success) {
      const issue = row.error.issues[0]!;
      const detail = `row ${at + 1} of ${file}.ndjson is not a row of it: ${issue.path.join('.')} ${issue.message}`;
      return { kind: 'broken', detail };
    }
    rows.push(row.data);
  }
  return { kind: 'whole', rows };
}

function parseOrNull(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
