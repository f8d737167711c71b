// The money of one order, as sums of its ledger, and what may still move. Pure: the constraints of migration 0007 say
// the same to whoever comes past this file.
import type { OrderEvent } from '../contracts/order-events.ts';

export interface Balance {
  readonly authorized_minor: number;
  readonly captured_minor: number;
  readonly refunded_minor: number;
  readonly charged_back_minor: number;
  readonly reversed_minor: number;
}

const movementKinds = ['captured', 'refunded', 'charged_back', 'chargeback_reversed'] as const;
export type MovementKind = (typeof movementKinds)[number];

/** One movement of money, as the ledger keeps it. */
export interface Movement {
  readonly kind: MovementKind;
  readonly operation_id: string;
  readonly attempt_id: string;
  readonly amount_minor: number;
}

/** The buyer's money that is with us. */
export const kept = (balance: Balance): number =>
  balance.captured_minor - balance.refunded_minor - balance.charged_back_minor + balance.reversed_minor;

export const isBalanced = (balance: Balance): boolean =>
  balance.captured_minor >= 0 &&
  balance.captured_minor <= balance.authorized_minor &&
  balance.refunded_minor >= 0 &&
  balance.reversed_minor >= 0 &&
  balance.reversed_minor <= balance.charged_back_minor &&
  kept(balance) >= 0;

/** The balance after `movement`; null when the ledger cannot hold it. */
export function after(balance: Balance, { kind, amount_minor }: Movement): Balance | null {
  const moved = add(balance, kind, amount_minor);
  // One capture an order: a second one is a duplicate, however small.
  if (kind === 'captured' && balance.captured_minor > 0) return null;
  return isBalanced(moved) ? moved : null;
}

function add(balance: Balance, kind: MovementKind, amount: number): Balance {
  switch (kind) {
    case 'captured':
      return { ...balance, captured_minor: balance.captured_minor + amount };
    case 'refunded':
      return { ...balance, refunded_minor: balance.refunded_minor + amount };
    case 'charged_back':
      return { ...balance, charged_back_minor: balance.charged_back_minor + amount };
    case 'chargeback_reversed':
      return { ...balance, reversed_minor: balance.reversed_minor + amount };
  }
}

/** The money an event moves; null when it moves none. */
export function movementOf(event: OrderEvent): Movement | null {
  switch (event.type) {
    case 'payment.captured':
      return movement('captured', event.operation_id, event.attempt_id, event.amount_minor);
    case 'refund.partial':
    case 'refund.completed':
      return movement('refunded', event.operation_id, event.attempt_id, event.amount_minor);
    case 'chargeback.lost':
      return movement('charged_back', event.dispute_id, event.attempt_id, event.amount_minor);
    case 'chargeback.won':
      return event.returned_minor === undefined
        ? null
        : movement('chargeback_reversed', event.dispute_id, event.attempt_id, event.returned_minor);
    default:
      return null;
  }
}

const movement = (
  kind: MovementKind,
  operation_id: string,
  attempt_id: string,
  amount_minor: number,
): Movement => ({ kind, operation_id, attempt_id, amount_minor });
