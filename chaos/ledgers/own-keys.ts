// What one ledger says against itself: a row that is there twice, and stock that does not add up.
import { ledgerCheckOf, type LedgerFinding } from './finding.ts';
import { groupBy, type Joined } from './joined.ts';
import { type DatabaseRow, type LedgerName, tableOf } from './rows.ts';

/** The primary key of each table; null where a row has none that this reading kept. */
function keyOf(row: DatabaseRow): string | null {
  switch (row.table) {
    case 'order':
      return row.order_id;
    case 'cart':
      return row.cart_id;
    case 'line':
      return `${row.order_id} ${row.sku}`;
    case 'attempt':
      return row.attempt_id;
    case 'payment':
      return `${row.attempt_id} ${row.kind} ${row.operation_id ?? ''}`;
    case 'psp_record':
      return `${row.provider} ${row.charge_id}`;
    case 'stock':
      return `${row.sku} ${row.location_id}`;
    case 'notification':
      return `${row.order_id} ${row.kind}`;
    case 'movement':
      return `${row.reason} ${row.reference} ${row.sku} ${row.location_id}`;
    case 'reservation':
      return null;
  }
}

const blame = (
  ledger: LedgerName,
  cls: LedgerFinding['class'],
  subject: string,
  detail: string,
): LedgerFinding => ({ check: ledgerCheckOf(ledger), status: 'fail', class: cls, subject, detail });

function twice<Row>(
  ledger: LedgerName,
  what: string,
  rows: readonly Row[],
  key: (row: Row) => string | null,
) {
  return [...groupBy(rows, key)].flatMap(([value, group]) =>
    value === null || group.length === 1
      ? []
      : [
          blame(
            ledger,
            'duplicated',
            value,
            `the ${ledger} ledger has ${what} ${value} ${group.length} times`,
          ),
        ],
  );
}

function stockSums(joined: Joined): LedgerFinding[] {
  const place = (row: { readonly sku: string; readonly location_id: string }) =>
    `${row.sku} ${row.location_id}`;
  const seeded = new Map(joined.seededStock.map((row) => [place(row), row.on_hand]));
  const reservations = groupBy(tableOf(joined.database, 'reservation'), place);
  const sum = (at: string, status: string) =>
    (reservations.get(at) ?? [])
      .filter((row) => row.status === status)
      .reduce((total, row) => total + row.quantity, 0);
  // A parcel's own reservation says what left with it.
  const moves = tableOf(joined.database, 'movement').filter(({ reason }) => reason !== 'delivered');
  const movesAt = groupBy(moves, place);
  return tableOf(joined.database, 'stock').flatMap((row) => {
    const at = place(row);
    const active = sum(at, 'active');
    const came = (movesAt.get(at) ?? []).reduce((total, { change }) => total + change, 0);
    // A shelf that was not there before holds what was brought to it.
    const before = seeded.get(at) ?? (movesAt.has(at) ? 0 : undefined);
    const drift =
      row.reserved === active
        ? []
        : [
            blame(
              'database',
              'altered',
              at,
              `stock ${at} says ${row.reserved} reserved, its reservations say ${active}`,
            ),
          ];
    const left = row.on_hand - (row.in_transit_out ?? 0) + sum(at, 'posted') - came;
    const moved =
      before === undefined || before === left
        ? []
        : [
            blame(
              'database',
              'altered',
              at,
              `stock ${at} was ${before}, and ${left} are on hand, posted or moved`,
            ),
          ];
    return [...drift, ...moved];
  });
}

export function selfContradictions(joined: Joined): LedgerFinding[] {
  const { shoppers, providers, database } = joined;
  return [
    ...twice('shoppers', 'the click', shoppers, (row) => `${row.click} ${row.submission}`),
    ...twice('providers', 'the charge', providers, (row) => `${row.provider} ${row.id}`),
    ...[...groupBy(database, (row) => row.table)].flatMap(([table, rows]) =>
      twice('database', `the ${table}`, rows, keyOf),
    ),
    ...stockSums(joined),
  ];
}
