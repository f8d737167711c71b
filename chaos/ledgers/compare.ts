// The four ledgers compared: a pure join, and the same from the evidence folder alone.
import { findingsOf } from './fact.ts';
import { type LedgerCheck, ledgerCheckOf, type LedgerFinding } from './finding.ts';
import { type Joined, joinLedgers } from './joined.ts';
import { doubleCharges, moneyWithoutOrder, unknownPayments } from './money.ts';
import { orderFacts } from './order-facts.ts';
import { selfContradictions } from './own-keys.ts';
import { paymentFacts } from './payment-facts.ts';
import { lostOrders, mailFaults, recoveredOrders } from './promises.ts';
import { databaseRow, type LedgerName, ledgerNames, type Ledgers, mailRow } from './rows.ts';
import { providerRow, shopperRow, stockRow } from './rows.ts';
import { readSealed, type SealedRows } from './sealed-file.ts';
import { oversold } from './stock.ts';

/** What each invariant is read from: without one of them it is neither kept nor broken, but unknown. */
const invariants: readonly {
  readonly check: LedgerCheck;
  readonly reads: readonly LedgerName[];
  readonly find: (joined: Joined) => LedgerFinding[];
}[] = [
  { check: 'double-charge', reads: ['shoppers', 'providers', 'database'], find: doubleCharges },
  { check: 'oversell', reads: ['shoppers', 'database'], find: oversold },
  { check: 'lost-order', reads: ['shoppers', 'providers', 'database'], find: lostOrders },
  { check: 'captured-without-order', reads: ['providers', 'database'], find: moneyWithoutOrder },
  // Who called an order off or got all of it back was owed its confirmation all the same, and only shoppers tell of it.
  { check: 'mail-exactly-once', reads: ['shoppers', 'database', 'mailbox'], find: mailFaults },
  { check: 'unknown-payment-left', reads: ['database'], find: unknownPayments },
];

interface Unusable {
  readonly ledger: LedgerName;
  readonly tampered: boolean;
  readonly detail: string;
}

const unknown = (check: LedgerCheck, subject: LedgerName, detail: string): LedgerFinding => ({
  ...{ check, status: 'unknown', class: 'undecidable', subject, detail },
});

function compareUsable(ledgers: Ledgers, unusable: readonly Unusable[]): LedgerFinding[] {
  const joined = joinLedgers(ledgers);
  const out = new Map(unusable.map((one) => [one.ledger, one]));
  const kept = invariants.flatMap(({ check, reads, find }) => {
    const missing = reads.map((ledger) => out.get(ledger)).find((one) => one !== undefined);
    return missing === undefined
      ? find(joined)
      : [unknown(check, missing.ledger, `cannot be judged: ${missing.detail}`)];
  });
  const own = unusable.map(
    ({ ledger, tampered, detail }): LedgerFinding => ({
      check: ledgerCheckOf(ledger),
      status: tampered ? 'fail' : 'unknown',
      class: tampered ? 'tampered' : 'empty',
      subject: ledger,
      detail,
    }),
  );
  // A ledger that is not to be trusted would put the blame on those it is compared with.
  const tampered = unusable.find((one) => one.tampered);
  const rest = ledgerNames.filter((ledger) => !out.has(ledger));
  const agreement =
    tampered === undefined
      ? [...paymentFacts(joined), ...orderFacts(joined)]
          .map((fact) => ({ ...fact, witnesses: fact.witnesses.filter(({ ledger }) => !out.has(ledger)) }))
          .flatMap(findingsOf)
          .concat(selfContradictions(joined))
      : rest.map((ledger) => unknown(ledgerCheckOf(ledger), ledger, `not compared: ${tampered.detail}`));
  return [...kept, ...(out.size === 0 ? recoveredOrders(joined) : []), ...own, ...agreement];
}

const emptyOnes = (ledgers: Ledgers): Unusable[] => [
  ...ledgerNames
    .filter((ledger) => ledgers[ledger].length === 0)
    .map((ledger) => ({ ledger, tampered: false, detail: `the ${ledger} ledger is empty` })),
  ...(ledgers.seededStock.length === 0 && ledgers.database.length > 0
    ? [{ ledger: 'database' as const, tampered: false, detail: 'the stock before the load was not recorded' }]
    : []),
];

/** What is wrong between four ledgers that are to be trusted as they were collected. */
export function compareLedgers(ledgers: Ledgers): LedgerFinding[] {
  return compareUsable(ledgers, emptyOnes(ledgers));
}

/** The same from `<evidence>/ledgers`, seals first. */
export async function judgeLedgers(evidenceDir: string): Promise<LedgerFinding[]> {
  const read = {
    shoppers: await readSealed(evidenceDir, 'shoppers', shopperRow),
    providers: await readSealed(evidenceDir, 'providers', providerRow),
    database: await readSealed(evidenceDir, 'database', databaseRow),
    mailbox: await readSealed(evidenceDir, 'mailbox', mailRow),
    seededStock: await readSealed(evidenceDir, 'seeded-stock', stockRow),
  };
  const rowsOf = <Row>(sealed: SealedRows<Row>) => (sealed.kind === 'whole' ? sealed.rows : []);
  const ledgers: Ledgers = {
    shoppers: rowsOf(read.shoppers),
    providers: rowsOf(read.providers),
    database: rowsOf(read.database),
    mailbox: rowsOf(read.mailbox),
    seededStock: rowsOf(read.seededStock),
  };
  // The stock before the load is the database's own word on itself.
  const broken = [
    ...ledgerNames.map((ledger) => [ledger, read[ledger]] as const),
    ['database', read.seededStock] as const,
  ]
    .flatMap(([ledger, sealed]) =>
      sealed.kind === 'whole' ? [] : [{ ledger, tampered: sealed.kind === 'broken', detail: sealed.detail }],
    )
    .sort((a, b) => Number(a.tampered) - Number(b.tampered));
  const named = new Set(broken.map(({ ledger }) => ledger));
  const empty = emptyOnes(ledgers).filter(({ ledger }) => !named.has(ledger));
  return compareUsable(ledgers, [...empty, ...broken]);
}
