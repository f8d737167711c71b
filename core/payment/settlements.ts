// A provider's settlement files: what it says it paid us, and what it kept for itself.
import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { type CallResult, call } from '../http/client.ts';
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

export interface SettlementFile extends ListedFile {
  readonly rows: readonly SettlementLine[];
  readonly total: Omit<z.infer<typeof totalRow>, 'line' | 'type'> & { readonly lines: number };
}

export type FilesResult =
  | { readonly kind: 'files'; readonly files: readonly ListedFile[]; readonly next: number }
  | NoAnswer;
export type FileResult =
  | { readonly kind: 'file'; readonly file: SettlementFile }
  /** It is there and not what it says it is: asking again does not help, a person must. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  | NoAnswer;

const get = async (access: ProviderAccess, path: string, readAs: 'json' | 'text'): Promise<CallResult> =>
  noteTimeout(
    access,
    'query',
    await call({
      method: 'GET',
      url: `${access.baseUrl}${path}`,
      timeoutMs: access.timeoutMs,
      readAs,
      name: `GET /v1/settlements ${access.provider}`,
    }),
  );

/** Files after cursor `after`, oldest first. */
export async function listSettlements(access: ProviderAccess, after: number): Promise<FilesResult> {
  const answer = read(listing, await get(access, `/v1/settlements?after=${after}`, 'json'));
  return answer.kind === 'read' ? { kind: 'files', ...answer.value } : answer;
}

export async function readSettlement(access: ProviderAccess, listed: ListedFile): Promise<FileResult> {
  const answer = read(z.string(), await get(access, `/v1/settlements/${listed.id}`, 'text'));
  if (answer.kind !== 'read') return answer;
  const sha256 = createHash('sha256').update(answer.value).digest('hex');
  if (sha256 !== listed.sha256) return { kind: 'unreadable', reason: 'sha256 is not the listed one' };
  return readRows(listed, answer.value);
}

function readRows(listed: ListedFile, text: string): FileResult {
  try {
    const raw = parse(text, { columns: true }) as Record<string, string>[];
    const last = totalRow.parse(raw.at(-1));
    const rows = raw.slice(0, -1).map((row) => lineRow.parse(row));
    const { line: _line, type: lines, ...sums } = last;
    return { kind: 'file', file: { ...listed, rows, total: { ...sums, lines } } };
  } catch (error) {
    return { kind: 'unreadable', reason: (error as Error).message.slice(0, 200) };
  }
}

/** The fee that was agreed for a line of this type and amount. */
export function agreedFee({ fee }: Psp, type: SettlementLine['type'], amountMinor: number): number {
  if (type === 'chargeback') return fee.lostDisputeMinor;
  if (type !== 'capture') return 0;
  return Math.floor((amountMinor * fee.basisPoints + 5_000) / 10_000) + fee.fixedMinor;
}
