// What comparing the ledgers can find, and how findings become checks of the verdict.
import type { LedgerName } from './rows.ts';

/** Names of the closed list of checks that the ledgers decide, in the order in which they give the reason. */
export const ledgerChecks = [
  'double-charge',
  'oversell',
  'lost-order',
  'captured-without-order',
  'mail-exactly-once',
  'unknown-payment-left',
  'ledger-shoppers',
  'ledger-providers',
  'ledger-database',
  'ledger-mailbox',
] as const;
export type LedgerCheck = (typeof ledgerChecks)[number];

/** Jepsen's classes, and what a ledger itself can suffer. */
type FindingClass =
  | 'lost'
  | 'unexpected'
  | 'duplicated'
  | 'altered'
  | 'unresolved'
  | 'tampered'
  | 'empty'
  | 'undecidable'
  /** A shopper was told nothing certain and the order landed all the same: counted, not a fault. */
  | 'recovered';

export interface LedgerFinding {
  readonly check: LedgerCheck;
  readonly status: 'fail' | 'unknown' | 'note';
  readonly class: FindingClass;
  /** The order, click, charge or SKU it is about. */
  readonly subject: string;
  /** One sentence a person can act on. */
  readonly detail: string;
}

export const ledgerCheckOf = (ledger: LedgerName): LedgerCheck => `ledger-${ledger}`;

/** Same shape as the gate's CheckResult. */
export interface LedgerCheckResult {
  readonly check: LedgerCheck;
  readonly kind: 'invariant';
  readonly status: 'pass' | 'fail' | 'unknown';
  readonly detail: string;
  readonly observed: number;
  readonly required: 0;
}

const promises: Readonly<Record<LedgerCheck, string>> = {
  'double-charge': 'no order, click or cart was charged twice, and every charge has the exact amount',
  oversell: 'no more was sold of any SKU than was in stock',
  'lost-order': 'every order a shopper was told of exists and is paid',
  'captured-without-order':
    'all money at a provider belongs to a paid order, and every paid order has its money',
  'mail-exactly-once': 'every paid order got exactly one mail, and nobody else got one',
  'unknown-payment-left': 'no payment was left with an unknown outcome',
  'ledger-shoppers': 'the shoppers agree with the other ledgers',
  'ledger-providers': 'the providers agree with the other ledgers',
  'ledger-database': 'the database agrees with the other ledgers',
  'ledger-mailbox': 'the mailbox agrees with the other ledgers',
};

/** One result a check: false before unknown before true. Every check is there, so that a missing one cannot pass. */
export function toChecks(findings: readonly LedgerFinding[]): LedgerCheckResult[] {
  return ledgerChecks.map((check) => {
    const own = findings.filter((finding) => finding.check === check && finding.status !== 'note');
    const worst = own.find((finding) => finding.status === 'fail') ?? own[0];
    const count = own.filter((finding) => finding.status === worst?.status).length;
    const rest = count > 1 ? ` (and ${count - 1} more)` : '';
    return {
      check,
      kind: 'invariant',
      status: worst === undefined ? 'pass' : worst.status === 'fail' ? 'fail' : 'unknown',
      detail: worst === undefined ? promises[check] : `${worst.detail}${rest}`,
      observed: own.filter((finding) => finding.status === 'fail').length,
      required: 0,
    };
  });
}
