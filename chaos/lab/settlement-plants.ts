// Errors that real settlement files hold, one a discrepancy class, planted on demand.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Line } from './settlement-lines.ts';

export const plants = [
  'missing_line',
  'wrong_amount',
  'wrong_currency',
  'duplicate_line',
  'wrong_fee',
  /** A capture of a charge that nobody made. */
  'unknown_capture',
  'unlinked_chargeback',
  'wrong_total',
  /** The file lists what was moved ten days before it. */
  'late_file',
  /** The same file is listed twice, under two ids. */
  'duplicate_file',
] as const;

/** `reference` chooses the line; without it, it is the first capture of the file. */
export const plant = z.strictObject({
  plant: z.enum(plants),
  reference: z.string().min(1).max(120).optional(),
});
export type Plant = z.infer<typeof plant>;

const tenDaysMs = 10 * 24 * 3_600_000;

export interface Draft {
  readonly lines: readonly Line[];
  /** What the total is off by. */
  readonly offMinor: number;
  readonly copies: number;
}

const worth = (line: Line, changed: Partial<Pick<Line, 'amount_minor' | 'fee_minor' | 'currency'>>): Line => {
  const next = { ...line, ...changed };
  return { ...next, net_minor: next.amount_minor - next.fee_minor };
};
const stranger = (type: 'capture' | 'chargeback', currency: string, at_ms: number): Line => {
  const id = randomUUID().replaceAll('-', '');
  const amount_minor = type === 'capture' ? 4_321 : -4_321;
  return {
    ...{ type, charge_id: `ch_${id}`, operation_id: `stranger_${id}`, reference: `stranger_${id}` },
    ...{ order: `stranger_${id}`, amount_minor, currency, fee_minor: 0, net_minor: amount_minor, at_ms },
  };
};

/** null: there is no line to plant it on. */
export function planted(
  draft: Draft,
  { plant: kind, reference }: Plant,
  currency: string,
  now: number,
): Draft | null {
  const { lines } = draft;
  const at = lines.findIndex((line) =>
    reference === undefined ? line.type === 'capture' : line.reference === reference,
  );
  const chosen = lines[at];
  const change = (changed: readonly Line[]) => ({
    ...draft,
    lines: [...lines.slice(0, at), ...changed, ...lines.slice(at + 1)],
  });
  switch (kind) {
    case 'unknown_capture':
      return { ...draft, lines: [...lines, stranger('capture', currency, now)] };
    case 'unlinked_chargeback':
      return { ...draft, lines: [...lines, stranger('chargeback', currency, now)] };
    case 'wrong_total':
      return { ...draft, offMinor: 1 };
    case 'late_file':
      return { ...draft, lines: lines.map((line) => ({ ...line, at_ms: line.at_ms - tenDaysMs })) };
    case 'duplicate_file':
      return { ...draft, copies: 2 };
  }
  if (chosen === undefined) return null;
  switch (kind) {
    case 'missing_line':
      return change([]);
    case 'wrong_amount':
      return change([worth(chosen, { amount_minor: chosen.amount_minor - 100 })]);
    case 'wrong_currency':
      return change([worth(chosen, { currency: currency === 'USD' ? 'EUR' : 'USD' })]);
    case 'duplicate_line':
      return change([chosen, chosen]);
    case 'wrong_fee':
      return change([worth(chosen, { fee_minor: chosen.fee_minor + 7 })]);
  }
}
