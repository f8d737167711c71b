// What an answer to a submission means to the shopper. Pure: k6 asks it, and its tests run without k6.
import type { OrderAnswer, ProblemAnswer } from '../core/contracts/checkout-api.ts';
import type { ShopperOutcome } from './shopper-record.ts';

export interface ToldOutcome {
  readonly outcome: ShopperOutcome;
  /** Named by a decline too: an order was made, and cancelled. */
  readonly orderId: string | null;
  /** What the answer says was charged; null when it says nothing. */
  readonly amountMinor: number | null;
}

/** No status at all is `unknown`: the request may have been executed. A 2xx without an order in it is an error of the shop. */
export function outcomeOf(status: number, body: unknown): ToldOutcome {
  const told = (body ?? {}) as Partial<OrderAnswer & ProblemAnswer>;
  const orderId = typeof told.order_id === 'string' && told.order_id !== '' ? told.order_id : null;
  const amountMinor = typeof told.total_minor === 'number' ? told.total_minor : null;
  return { outcome: meaning(status, told, orderId), orderId, amountMinor };
}

function meaning(
  status: number,
  told: Partial<OrderAnswer & ProblemAnswer>,
  orderId: string | null,
): ShopperOutcome {
  const problem = problemName(told.type);
  if (status === 0) return 'unknown';
  if (status >= 200 && status < 300) {
    if (orderId === null) return 'error';
    return told.state === 'pending_payment' ? 'confirming' : 'placed';
  }
  if (status === 402) return 'declined';
  if (status === 409 && (problem === 'sold_out' || problem === 'in_flight')) return problem;
  if (status === 429) return 'overloaded';
  if (status === 503 && (problem === 'payment_unavailable' || problem === 'overloaded')) return problem;
  return status >= 500 ? 'error' : 'rejected';
}

/** The last part of the problem's `type`, whether it is a URL or a URN. */
const problemName = (type: unknown) => (typeof type === 'string' ? (type.split(/[/:]/).pop() ?? '') : '');
