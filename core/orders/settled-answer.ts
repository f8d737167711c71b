// What a shopper is told when the order was settled without them: their process died, reconciliation finished it.
import type { OrderAnswer } from '../contracts/checkout-api.ts';
import type { OrderState } from './order.ts';

export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface SettledOrder {
  readonly order_id: string;
  readonly state: OrderState;
  readonly total_minor: number;
  readonly currency: string;
}

/** Every state but `cancelled` means the order stands; the shopper's question was only whether it was placed. */
export function settledAnswer({ order_id, state, total_minor, currency }: SettledOrder): StoredAnswer {
  if (state === 'cancelled') {
    return {
      status: 402,
      body: {
        type: 'urn:headroom:problem:declined',
        title: 'The payment was not completed and nothing is owed.',
        status: 402,
      },
    };
  }
  const body: OrderAnswer = { order_id, state: 'authorized', total_minor, currency };
  return { status: 201, body };
}

/** The payment came to nothing and the order waits for another one. */
export const openAnswer = (orderId: string): StoredAnswer => ({
  status: 402,
  body: {
    type: 'urn:headroom:problem:declined',
    title: 'The payment was not completed.',
    status: 402,
    detail: 'Nothing was charged. The order waits: pay it with another token and a new Idempotency-Key.',
    order_id: orderId,
  },
});
