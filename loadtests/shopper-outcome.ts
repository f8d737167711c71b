// What an answer to a submission means to the shopper. Pure: k6 asks it, and its tests run without k6.
import type { OrderAnswer, ProblemAnswer } from '../core/contracts/checkout-api.ts';
import type { ShopperOutcome } from './shopper-record.ts';

export interface ToldOutcome {
  readonly outcome: ShopperOutcome;
  readonly order: OrderAnswer | null;
}

/** No status at all is `unknown`: the request may have been executed. A 2xx without an order in it is an error of the shop. */
export function outcomeOf(status: number, body: unknown): ToldOutcome {
  if (status === 0) return { outcome: 'unknown', order: null };
  if (status >= 200 && status < 300) {
    const order = orderIn(body);
    if (order === null) return { outcome: 'error', order: null };
    return { outcome: order.state === 'pending_payment' ? 'confirming' : 'placed', order };
  }
  return { outcome: refusal(status, problemName(body)), order: null };
}

function refusal(status: number, problem: string): ShopperOutcome {
  if (status === 402) return 'declined';
  if (status === 409 && (problem === 'sold_out' || problem === 'in_flight')) return problem;
  if (status === 429) return 'overloaded';
  if (status === 503) return problem === 'payment_unavailable' ? 'payment_unavailable' : 'overloaded';
  return status >= 500 ? 'error' : 'rejected';
}

/** The last part of the problem's `type`, whether it is a URL or a URN. */
function problemName(body: unknown): string {
  const type = (body as Partial<ProblemAnswer> | null)?.type;
  return typeof type === 'string' ? (type.split(/[/:]/).pop() ?? '') : '';
}

function orderIn(body: unknown): OrderAnswer | null {
  const order = body as Partial<OrderAnswer> | null;
  return typeof order?.order_id === 'string' && order.order_id !== '' ? (order as OrderAnswer) : null;
}
