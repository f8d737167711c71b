// What a query must do to count as proven: arrive live, and for these, react to what the run did.
import type { AwaitedEvent } from './events.ts';

/** A figure that the ledgers know for sure; the drill hands its value in. */
export type LedgerFigure = 'orders-placed';

export type Reactive =
  /** Some series of the query changed its value during the run. */
  | { readonly kind: 'moves' }
  /** The last value of the query, summed over its series, agrees with the ledger. */
  | { readonly kind: 'matches-ledger'; readonly figure: LedgerFigure; readonly tolerance: number }
  /** Draws or moves only after this happened, which an ordinary run does not do. Until then: parsed, and not proven. */
  | {
      readonly kind: 'event-only';
      readonly event: AwaitedEvent;
      /** Not even a zero is there before it. */
      readonly unborn?: true;
    };

export const moves = { kind: 'moves' } as const;
export const waitsFor = (event: AwaitedEvent) => ({ kind: 'event-only', event }) as const;
export const bornWith = (event: AwaitedEvent) => ({ kind: 'event-only', event, unborn: true }) as const;
