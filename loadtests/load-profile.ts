// A profile as a file: parsed whole, refused whole. The hash says that nobody edited a recording by hand.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Profile, profileVersion } from './profile.ts';
import { UsageError } from './usage-error.ts';

export const defaultProfileFile = join(import.meta.dirname, 'profiles/online-retail-peak.json');

const share = z.number().min(0).max(1);
const positive = z.number().positive();
// Shares are rounded to six places; two thousand items may be off by a thousandth together.
const sharesTolerance = 0.002;
const shareOfOne = <T extends { share: number }>(rows: readonly T[]) =>
  Math.abs(rows.reduce((sum, row) => sum + row.share, 0) - 1) <= sharesTolerance;
const rows = <S extends z.ZodType<{ share: number }>>(row: S) =>
  z.array(row).min(1).max(100_000).refine(shareOfOne, 'shares do not sum to 1');

const schema = z.strictObject({
  version: z.literal(profileVersion),
  name: z.string().min(1).max(120),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  source: z.strictObject({
    title: z.string(),
    doi: z.string(),
    license: z.string(),
    attribution: z.string(),
  }),
  day: z.iso.date(),
  orders: z.number().int().min(1),
  shape: z.strictObject({
    binMinutes: z.number().int().min(1).max(120),
    startMinute: z.number().int().min(0).max(1439),
    intensity: z.array(z.number().min(0)).min(1).max(1440),
  }),
  recordedPeakOrdersPerMinute: positive,
  markets: rows(z.strictObject({ country: z.string().regex(/^[A-Z]{2}$/), share })),
  basketLines: rows(z.strictObject({ lines: z.number().int().min(1), share })),
  lineQuantity: rows(z.strictObject({ quantity: z.number().int().min(1).max(1000), share })),
  items: rows(z.strictObject({ sku: z.string().regex(/^[A-Z0-9]{8}$/), share })),
  cancellationShare: share,
  funnel: z
    .strictObject({ carts: positive, checkouts: positive, orders: positive })
    .refine((f) => f.carts >= f.checkouts && f.checkouts >= f.orders, 'a funnel only narrows'),
  thinkTimeSeconds: z.strictObject({ median: positive, max: positive }),
  declineShare: share,
  doubleSubmitShare: share,
  provenance: z.record(
    z.string(),
    z.strictObject({ kind: z.enum(['recorded', 'assumed']), note: z.string().min(1) }),
  ),
});

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

export function profileHash({ hash: _, ...rest }: Omit<Profile, 'hash'> & { hash?: string }): string {
  return createHash('sha256').update(canonical(rest)).digest('hex');
}

/** One line a row of shares: readable, and a changed share is one changed line. */
export function renderProfile(profile: Profile): string {
  const text = JSON.stringify(profile, null, 2);
  return `${text.replace(/\{\s+("[a-z]+": [^{}[\]]*?),\s+("share": [^{}[\]]*?)\s+\}/g, '{ $1, $2 }')}\n`;
}

export function parseProfile(text: string, name: string): Profile {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new UsageError(`${name}: not JSON`);
  }
  const version = raw !== null && typeof raw === 'object' && 'version' in raw ? raw.version : undefined;
  if (version !== profileVersion) {
    throw new UsageError(
      `${name}: profile version ${JSON.stringify(version)} is unknown; this Headroom reads version ${profileVersion}. Record it again.`,
    );
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new UsageError(`${name}: not a usable profile\n${lines.join('\n')}`);
  }
  if (profileHash(parsed.data) !== parsed.data.hash) {
    throw new UsageError(`${name}: its content does not match its hash: it was edited. Record it again.`);
  }
  return parsed.data;
}

export async function loadProfile(file: string = defaultProfileFile): Promise<Profile> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`);
  });
  return parseProfile(text, file);
}
