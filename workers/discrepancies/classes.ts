// Every way in which two books can disagree, as data: whose it is, what is tolerated, how long it may stay open, and
// whether it goes away by itself. The checks read their tolerances here, the invariant its age limits, the README its table.
import type { discrepancyClasses } from '../../core/telemetry/metrics/invariants.ts';
import type { Provider } from '../../core/telemetry/metrics/payment.ts';

export type DiscrepancyClass = (typeof discrepancyClasses)[number];

export interface DiscrepancySpec {
  /** What disagrees with what. */
  readonly says: string;
  readonly owner: 'payments' | 'finance' | 'risk' | 'orders' | 'inventory';
  /** Up to this it is no discrepancy: minor units, or seconds in which the other book may still catch up. */
  readonly tolerance?: { readonly minor?: number; readonly seconds?: number };
  /** Open for longer, it breaks the invariant discrepancy_overdue, and the alert goes to its owner. */
  readonly ageLimitSeconds: number;
  /** How it goes away by itself; null: a person must. */
  readonly heals: string | null;
}

const minutes = (count: number) => count * 60;
const hours = (count: number) => count * 3_600;
const days = (count: number) => count * 86_400;

/** Our own call, a webhook and the books tell the same within this, unless one of them failed. */
const told = { seconds: 60 } as const;
/** Between what we wrote and the books we read after it: clocks of two machines. */
const read = { seconds: 10 } as const;
const exact = { minor: 0 } as const;

export const discrepancies = {
  late_authorization: {
    says: 'a provider holds money for an attempt or order that had ended',
    owner: 'payments',
    ageLimitSeconds: minutes(15),
    heals: 'voided by reference',
  },
  authorized_without_stock: {
    says: 'paid after the hold had lapsed and the stock was sold',
    owner: 'payments',
    ageLimitSeconds: minutes(15),
    heals: 'order cancelled, charge voided',
  },
  voided_live_order: {
    says: 'the provider voided what a live order counts on',
    owner: 'payments',
    ageLimitSeconds: minutes(15),
    heals: null,
  },
  conflicting_outcome: {
    says: 'two final answers about one attempt contradict each other',
    owner: 'payments',
    ageLimitSeconds: minutes(15),
    heals: null,
  },
  illegal_event: {
    says: 'an event that was not possible when it came',
    owner: 'orders',
    ageLimitSeconds: minutes(15),
    heals: 'tried again whenever the order moves',
  },
  refund_refused: {
    says: 'the provider will not make a refund we owe',
    owner: 'payments',
    ageLimitSeconds: hours(4),
    heals: null,
  },
  webhook_unknown_reference: {
    says: 'a webhook names an attempt or order that is not ours',
    owner: 'payments',
    ageLimitSeconds: hours(4),
    heals: null,
  },
  stock_feed_shortfall: {
    says: 'a warehouse counted less than is promised to buyers',
    owner: 'inventory',
    ageLimitSeconds: hours(24),
    heals: 'closed by the next count that covers it',
  },
  paid_without_record: {
    says: 'our ledger holds an authorisation the provider has no charge of',
    owner: 'payments',
    tolerance: read,
    ageLimitSeconds: minutes(15),
    heals: null,
  },
  orphan_charge: {
    says: 'the provider holds or took money for no attempt of ours',
    // Giving it back by itself would hide that an order was lost.
    owner: 'payments',
    tolerance: told,
    ageLimitSeconds: minutes(15),
    heals: null,
  },
  duplicate_capture: {
    says: 'the provider captured twice for one order',
    owner: 'payments',
    ageLimitSeconds: minutes(15),
    heals: null,
  },
  amount_mismatch: {
    says: 'ledger, provider’s books and settlement name different amounts',
    owner: 'finance',
    tolerance: exact,
    ageLimitSeconds: hours(4),
    heals: null,
  },
  currency_mismatch: {
    says: 'ledger and books, or a settlement line and its own file, name different currencies',
    owner: 'finance',
    ageLimitSeconds: hours(4),
    heals: null,
  },
  captured_not_settled: {
    says: 'captured, and in no settlement file by the day that was agreed',
    owner: 'finance',
    ageLimitSeconds: days(3),
    heals: 'closed by the file that settles it',
  },
  settled_not_captured: {
    says: 'a settlement line pays a capture the books do not know',
    owner: 'finance',
    tolerance: read,
    ageLimitSeconds: days(1),
    heals: null,
  },
  refund_missing: {
    says: 'a refund is known to one of ledger, books and settlement, and not to another',
    owner: 'payments',
    tolerance: told,
    ageLimitSeconds: hours(4),
    heals: 'missing on our side: the order is told what the books say',
  },
  refund_exceeds_capture: {
    says: 'more was refunded of a charge than was captured',
    owner: 'finance',
    tolerance: exact,
    ageLimitSeconds: hours(4),
    heals: null,
  },
  chargeback_unlinked: {
    says: 'a dispute or chargeback that leads to no dispute in the books, or to none of an order of ours',
    owner: 'risk',
    tolerance: told,
    ageLimitSeconds: days(1),
    heals: 'missing on our side: the order is told what the books say',
  },
  fee_off_schedule: {
    says: 'a settled fee is not the one that was agreed',
    owner: 'finance',
    tolerance: exact,
    ageLimitSeconds: days(5),
    heals: null,
  },
  fx_variance: {
    // No agreement has a conversion in it, so no rate is right.
    says: 'settled in another currency than was captured',
    owner: 'finance',
    ageLimitSeconds: days(5),
    heals: null,
  },
  batch_total_mismatch: {
    says: 'a settlement file’s total is not the sum of its lines',
    owner: 'finance',
    tolerance: exact,
    ageLimitSeconds: days(1),
    heals: null,
  },
  status_drift: {
    says: 'an attempt of unknown end, or in another state here than at the provider',
    owner: 'payments',
    tolerance: told,
    ageLimitSeconds: minutes(15),
    heals: 'asked about again; a capture missing on our side is told to the order',
  },
  late_file: {
    says: 'a settlement file holds movements that were due in an earlier one',
    owner: 'finance',
    ageLimitSeconds: days(5),
    heals: null,
  },
  duplicate_file: {
    says: 'a settlement file is listed twice under two ids',
    owner: 'finance',
    ageLimitSeconds: days(1),
    heals: 'imported once, by its hash',
  },
  duplicate_line: {
    says: 'a movement of money is in the settlement files twice',
    owner: 'finance',
    ageLimitSeconds: days(1),
    heals: null,
  },
  unreadable_file: {
    says: 'a settlement file is not what it was listed as, or cannot be read',
    owner: 'finance',
    ageLimitSeconds: days(1),
    heals: 'imported when it is read again and is mended',
  },
} as const satisfies Readonly<Record<DiscrepancyClass, DiscrepancySpec>>;

/** When a provider settles: what is captured before its cut-off belongs to that day, and is paid so many days later. */
export interface SettlementTerms {
  readonly cutOff: { readonly hour: number; readonly timeZone: string };
  readonly settledWithinDays: number;
  /** A movement in a later file than that is late. */
  readonly lateAfterDays: number;
}

export const settlementTerms: Readonly<Record<Provider, SettlementTerms>> = {
  'psp-primary': {
    cutOff: { hour: 0, timeZone: 'Europe/Amsterdam' },
    settledWithinDays: 3,
    lateAfterDays: 5,
  },
  'psp-backup': {
    cutOff: { hour: 16, timeZone: 'America/New_York' },
    settledWithinDays: 5,
    lateAfterDays: 7,
  },
};

const known: Readonly<Record<DiscrepancyClass, DiscrepancySpec>> = discrepancies;
export const toleratedMinor = (name: DiscrepancyClass): number => known[name].tolerance?.minor ?? 0;
export const toleratedSeconds = (name: DiscrepancyClass): number => known[name].tolerance?.seconds ?? 0;
