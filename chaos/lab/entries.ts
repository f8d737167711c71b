// What a payment provider writes down: every change of a charge is an entry of its own, numbered and never altered.

/** `pending`: the buyer has not agreed yet, and nothing is held. */
export type ChargeStatus = 'pending' | 'approved' | 'declined' | 'captured' | 'voided';
export type OperationKind = 'capture' | 'refund';
export type DisputeKind = 'notice' | 'lost' | 'won';

export interface AuthorizationRequest {
  readonly reference: string;
  readonly order: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly method: string;
  readonly token: string;
}

/** Money moved on a charge. `key` is the shop's Idempotency-Key, kept also where it protects nobody. */
export interface Operation {
  readonly id: string;
  readonly operation: OperationKind;
  readonly key: string;
  readonly charge: string;
  readonly amount_minor: number;
  readonly at_ms: number;
}

/** A step of a dispute: the buyer's bank asks, and later decides. */
export interface Dispute {
  readonly id: string;
  readonly dispute: DisputeKind;
  readonly charge: string;
  readonly amount_minor: number;
  /** What a won appeal brings back; 0 of every other step. */
  readonly returned_minor: number;
  readonly at_ms: number;
}

export interface Charge {
  readonly id: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly reference: string;
  readonly order: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly decline_code: string | null;
  /** The gift card it was paid with, whose balance the books are. */
  readonly gift_card?: string;
  readonly created_ms: number;
  status: ChargeStatus;
  readonly history: { readonly seq: number; readonly status: ChargeStatus; readonly at_ms: number }[];
  captured_minor: number;
  refunded_minor: number;
  readonly operations: Operation[];
  readonly disputes: Dispute[];
}

type Made = 'history' | 'captured_minor' | 'refunded_minor' | 'operations' | 'disputes';

export type Entry =
  | ({ seq: number; kind: 'charge' } & Omit<Charge, Made>)
  | { seq: number; kind: 'state'; id: string; status: ChargeStatus; at_ms: number }
  | ({ seq: number; kind: 'operation' } & Operation)
  | ({ seq: number; kind: 'dispute' } & Dispute)
  | { seq: number; kind: 'tombstone'; reference: string; at_ms: number }
  | { seq: number; kind: 'refusal'; reference: string; key: string; at_ms: number };

/** What `/v1/books` lists: one change of one charge, and what the charge came to by it. */
export interface BookEntry {
  readonly seq: number;
  readonly id: string;
  readonly reference: string;
  readonly order: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly status: ChargeStatus;
  readonly captured_minor: number;
  readonly refunded_minor: number;
  /** When the charge was made, and when this change of it was. */
  readonly created_ms: number;
  readonly at_ms: number;
  /** The capture or refund that this change is. */
  readonly operation?: Pick<Operation, 'id' | 'key' | 'amount_minor'> & { readonly kind: OperationKind };
  readonly dispute?: Pick<Dispute, 'id' | 'amount_minor'> & { readonly kind: DisputeKind };
}
