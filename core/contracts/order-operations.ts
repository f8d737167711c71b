// What the shop's people and their tools ask of an order. Service token and Idempotency-Key required.
import { z } from 'zod';
import { money } from './checkout-api.ts';
import { returnLine } from './order-events.ts';

// Words of a list, not sentences: it goes into the history, and a sentence about a buyer does not belong there.
const reason = z.string().regex(/^[a-z][a-z0-9_]{0,79}$/, 'a reason is a word like damaged_in_transit');

export const cancelOrder = z.strictObject({ reason });
/** Without an amount: all that is left of the buyer's money. */
export const refundOrder = z.strictObject({ amount_minor: money.min(1).optional(), reason });
/** Goods that came back, as they were found. Money is given back by a refund of its own. */
export const returnGoods = z.strictObject({ lines: z.array(returnLine).min(1).max(200), reason });

export interface HistoryEntry {
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly at: string;
}

/** Everything that happened to an order, for the people who answer for it. No address, no e-mail. */
export interface OrderHistory {
  readonly order_id: string;
  readonly state: string;
  readonly cancel_requested: boolean;
  /** Of the buyer's money: taken, given back, lost to disputes and won back. */
  readonly money: Readonly<Record<'captured' | 'refunded' | 'charged_back' | 'reversed', number>> & {
    readonly currency: string;
  };
  readonly events: readonly (HistoryEntry & {
    readonly event_id: string;
    readonly facts: Readonly<Record<string, unknown>>;
  })[];
  readonly operations: readonly {
    readonly operation_id: string;
    readonly kind: 'capture' | 'refund';
    readonly amount_minor: number;
    readonly state: 'requested' | 'unknown' | 'done' | 'refused';
    readonly reason: string;
  }[];
  readonly parcels: readonly {
    readonly id: string;
    readonly location_id: string;
    readonly status: string;
    readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  }[];
  /** Events that were not possible when they came and still are not. */
  readonly waiting: readonly { readonly event: string; readonly at: string }[];
}
