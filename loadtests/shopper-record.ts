// One line of the shoppers' ledger: what one submission was told. The first of the four independent ledgers.

/** `unknown` = a timeout or reset: the shopper does not know, so the ledgers must. */
export type ShopperOutcome =
  | 'placed'
  | 'confirming'
  | 'declined'
  | 'sold_out'
  | 'in_flight'
  | 'overloaded'
  | 'payment_unavailable'
  | 'rejected'
  | 'error'
  | 'unknown';

export interface ShopperRecord {
  readonly phase: 'baseline' | 'replay' | 'aftermath';
  /** Index of the session in the seeded schedule. */
  readonly session: number;
  /** The shopper's own id of the click: its idempotency key. Two records of a double click share it. */
  readonly click: string;
  readonly submission: 1 | 2;
  readonly cart_id: string;
  readonly order_id: string | null;
  readonly outcome: ShopperOutcome;
  /** 0 when no answer came. */
  readonly status: number;
  readonly amount_minor: number;
  readonly currency: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  /** Epoch ms. Latency counts from the intended start of the session's arrival, not from the actual one. */
  readonly intended_ms: number;
  readonly started_ms: number;
  readonly submitted_ms: number;
  readonly answered_ms: number;
  readonly trace_id: string;
  /** Told later: it is called off, or so much of the money is given back. */
  readonly cancelled?: boolean;
  readonly returned_minor?: number;
}
