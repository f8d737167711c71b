// What a panel must do to count as proven: arrive live, and for these, react to what the run did.

/** A figure that the ledgers know for sure; the drill hands its value in. */
export type LedgerFigure = 'orders-placed';

export type Reactive =
  /** Some series of the query changed its value during the run. */
  | { readonly kind: 'moves' }
  /** The last value of the query, summed over its series, agrees with the ledger. */
  | { readonly kind: 'matches-ledger'; readonly figure: LedgerFigure; readonly tolerance: number };
