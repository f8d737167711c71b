// A provider's settlement files: what it says it paid us, and what it kept for itself. A file comes onto disk first, where its
// hash is looked at, and is then read a page of lines at a time: how long it is decides nothing.
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { z } from 'zod';
import { call } from '../http/client.ts';
import { download } from '../http/download.ts';
import { type NoAnswer, noteTimeout, type ProviderAccess, read } from './books.ts';
import type { Psp } from './psp.ts';

const listedFile = z.object({
  id: z.string().regex(/^[\w-]{1,80}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  created_ms: z.number().int(),
  lines: z.number().int().nonnegative(),
});
export type ListedFile = z.infer<typeof listedFile>;
const listing = z.object({ files: z.array(listedFile), next: z.number().int() });

const settlementLineTypes = ['capture', 'refund', 'chargeback', 'chargeback_reversal'] as const;

const minor = z.coerce.number().int();
const money = {
  amount_minor: minor,
  currency: z.string().regex(/^[A-Z]{3}$/),
  fee_minor: minor,
  net_minor: minor,
  at_ms: z.coerce.number().int(),
};
const name = z.string().min(1).max(120);
const lineRow = z.object({
  line: z.coerce.number().int().positive(),
  type: z.enum(settlementLineTypes),
  charge_id: name,
  /** Our key of a capture or refund, the provider's id of a dispute. */
  operation_id: name,
  reference: name,
  order: name,
  ...money,
});
export type SettlementLine = z.infer<typeof lineRow>;
/** The last row has the number of lines where a line has its type, and sums where a line has its money. */
const totalRow = z.object({
  line: z.literal('total'),
  type: z.coerce.number().int().nonnegative(),
  ...money,
});

export type SettlementTotal = Omit<z.infer<typeof totalRow>, 'line' | 'type'> & { readonly lines: number };
/** Page after page of lines; what it returns in the end is the file's last row. Throws an Unreadable. */
export type SettlementPages = AsyncGenerator<readonly SettlementLine[], SettlementTotal>;

export type FilesResult =
  | { readonly kind: 'files'; readonly files: readonly ListedFile[]; readonly next: number }
  | NoAnswer;
export type FileResult<T> =
  | { readonly kind: 'file'; readonly value: T }
  /** It is there and not what it says it is: asking again does not help, a person must. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  | NoAnswer;

/** Ten times the orders of the busiest day that is planned for. */
const mostLines = 2_000_000;
const mostBytesALine = 1_000;
const linesAPage = 5_000;

class Unreadable extends Error {}

/** Files after cursor `after`, oldest first. */
export async function listSettlements(access: ProviderAccess, after: number): Promise<FilesResult> {
  const result = await call({
    method: 'GET',
    url: `${access.baseUrl}/v1/settlements?after=${after}`,
    timeoutMs: access.timeoutMs,
    name: `GET /v1/settlements ${access.provider}`,
  });
  const answer = read(listing, noteTimeout(access, 'query', result));
  return answer.kind === 'read' ? { kind: 'files', ...answer.value } : answer;
}

/** `use` may have had pages before the file turns out to be unreadable: what it made of them it undoes when it is thrown. */
export async function readSettlement<T>(
  access: ProviderAccess,
  listed: ListedFile,
  use: (pages: SettlementPages) => Promise<T>,
  maxLines: number = mostLines,
): Promise<FileResult<T>> {
  const tooLong = { kind: 'unreadable', reason: `more than ${maxLines} lines` } as const;
  if (listed.lines > maxLines) return tooLong;
  const place = await mkdtemp(join(tmpdir(), 'headroom-settlement-'));
  const path = join(place, 'file.csv');
  let pages: SettlementPages | null = null;
  try {
    const got = await download({
      url: `${access.baseUrl}/v1/settlements/${listed.id}`,
      path,
      maxBytes: maxLines * mostBytesALine,
      timeoutMs: access.timeoutMs,
      name: `GET /v1/settlements/:id ${access.provider}`,
    });
    if (got.kind === 'too_large') return tooLong;
    if (got.kind === 'no_answer') {
      if (got.reason === 'timeout') noteTimeout(access, 'query', { kind: 'no_answer', reason: 'timeout' });
      return got;
    }
    if (got.sha256 !== listed.sha256) return { kind: 'unreadable', reason: 'sha256 is not the listed one' };
    pages = pagesOf(path, maxLines);
    return { kind: 'file', value: await use(pages) };
  } catch (error) {
    if (error instanceof Unreadable) return { kind: 'unreadable', reason: error.message };
    throw error;
  } finally {
    // Closes the file of whoever did not read it to its end.
    await pages?.return(undefined as never);
    await rm(place, { recursive: true, force: true });
  }
}

async function* pagesOf(path: string, maxLines: number): SettlementPages {
  let page: SettlementLine[] = [];
  let count = 0;
  // One row behind: that it is the last is known when nothing follows.
  let last: unknown;
  try {
    // Its errors come out where the rows do.
    const rows = pipeline(createReadStream(path), parse({ columns: true }), () => undefined);
    for await (const row of rows) {
      if (last !== undefined) page.push(lineRow.parse(last));
      last = row;
      count += 1;
      if (count > maxLines + 1) throw new Unreadable(`more than ${maxLines} lines`);
      if (page.length < linesAPage) continue;
      yield page;
      page = [];
    }
    const { line: _line, type: lines, ...sums } = totalRow.parse(last);
    if (page.length > 0) yield page;
    return { ...sums, lines };
  } catch (error) {
    if (error instanceof Unreadable || (error as { code?: unknown }).code === 'ENOENT') throw error;
    throw new Unreadable((error as Error).message.slice(0, 200));
  }
}

/** The fee that was agreed for a line of this type and amount. */
export function agreedFee({ fee }: Psp, type: SettlementLine['type'], amountMinor: number): number {
  if (type === 'chargeback') return fee.lostDisputeMinor;
  if (type !== 'capture') return 0;
  return Math.floor((amountMinor * fee.basisPoints + 5_000) / 10_000) + fee.fixedMinor;
}
