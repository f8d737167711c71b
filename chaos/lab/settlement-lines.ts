// What a settlement file says of each movement of money, and the file itself. Amounts are signed as they reach the
// shop's account: captures and won appeals come in, refunds and lost disputes go out, fees go off either.
import type { Charge } from './entries.ts';
import type { Profile } from './profiles.ts';

export type LineType = 'capture' | 'refund' | 'chargeback' | 'chargeback_reversal';

export interface Line {
  readonly type: LineType;
  readonly charge_id: string;
  /** The shop's Idempotency-Key of a capture or refund; the provider's id of a dispute. */
  readonly operation_id: string;
  readonly reference: string;
  readonly order: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly fee_minor: number;
  readonly net_minor: number;
  readonly at_ms: number;
}

/** A line and the id by which it is settled once and never again. */
export interface Movement {
  readonly id: string;
  readonly line: Line;
}

const feeOf = ({ fee }: Profile, amountMinor: number) =>
  Math.floor((amountMinor * fee.basisPoints + 5_000) / 10_000) + fee.fixedMinor;

export function movementsOf(charge: Charge, profile: Profile): Movement[] {
  const { id: charge_id, reference, order, currency } = charge;
  const line = (
    type: LineType,
    operation_id: string,
    amount_minor: number,
    fee_minor: number,
    at_ms: number,
  ) => ({
    ...{ type, charge_id, operation_id, reference, order, amount_minor, currency },
    ...{ fee_minor, net_minor: amount_minor - fee_minor, at_ms },
  });
  const operations = charge.operations.map(({ id, operation, key, amount_minor, at_ms }) => ({
    id,
    line:
      operation === 'capture'
        ? line('capture', key, amount_minor, feeOf(profile, amount_minor), at_ms)
        : line('refund', key, -amount_minor, 0, at_ms),
  }));
  const disputes = charge.disputes.flatMap(({ id, dispute, amount_minor, returned_minor, at_ms }) => {
    const lost = line('chargeback', id, -amount_minor, profile.disputeFeeMinor, at_ms);
    if (dispute === 'lost') return [{ id: `${id} lost`, line: lost }];
    // Won at once, nothing had left.
    if (returned_minor === 0) return [];
    return [{ id: `${id} won`, line: line('chargeback_reversal', id, returned_minor, 0, at_ms) }];
  });
  return [...operations, ...disputes];
}

const columns = [
  ...['type', 'charge_id', 'operation_id', 'reference', 'order', 'amount_minor', 'currency'],
  ...['fee_minor', 'net_minor', 'at_ms'],
] as readonly (keyof Line)[];

const cell = (value: string | number) => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** The last row: `total`, the number of lines, and the sums in their columns. */
export function fileText(
  lines: readonly Line[],
  currency: string,
  closedMs: number,
  offMinor: number,
): string {
  const sum = (column: 'amount_minor' | 'fee_minor' | 'net_minor') =>
    lines.reduce((total, line) => total + line[column], 0);
  const total = {
    ...{ type: lines.length, charge_id: '', operation_id: '', reference: '', order: '' },
    ...{ amount_minor: sum('amount_minor') + offMinor, currency },
    ...{ fee_minor: sum('fee_minor'), net_minor: sum('net_minor'), at_ms: closedMs },
  };
  const rows = [
    ['line', ...columns],
    ...lines.map((line, i) => [i + 1, ...columns.map((column) => line[column])]),
    ['total', ...columns.map((column) => total[column])],
  ];
  return `${rows.map((row) => row.map(cell).join(',')).join('\n')}\n`;
}
