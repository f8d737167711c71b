// A provider's webhooks for tests: made, signed and sent to the door of an orders service.
import { createHmac, randomUUID } from 'node:crypto';
import { submission, type TestOrders } from './test-orders.ts';

const secret = 'a-webhook-secret-of-tests';
/** A shop that listens to the first provider. */
export const listening = { PSP_PRIMARY_WEBHOOK_SECRET: secret };

export interface Placed {
  readonly orderId: string;
  readonly attemptId: string;
  readonly amount: number;
}
export async function placed(orders: TestOrders): Promise<Placed> {
  const answer = await orders.place(submission());
  if (answer.kind !== 'placed') throw new Error(answer.kind);
  const { order_id, attempt } = answer;
  return { orderId: order_id, attemptId: attempt.id, amount: attempt.amount_minor };
}

export function webhook({ orderId, attemptId, amount }: Placed, type: string, more: object = {}) {
  const subject = { charge_id: `ch_${attemptId}`, reference: attemptId, order: orderId, currency: 'GBP' };
  return {
    id: `evt_${randomUUID()}`,
    type,
    created_ms: Date.now(),
    data: { ...subject, amount_minor: amount, ...more },
  };
}

export const signatureOf = (body: string, { key = secret, ageSeconds = 0 } = {}) => {
  const t = Math.floor(Date.now() / 1000) - ageSeconds;
  return `t=${t},v1=${createHmac('sha256', key).update(`${t}.${body}`).digest('hex')}`;
};

/** To the door of `orders`; signed as it must be, unless told otherwise. */
export async function send(
  orders: TestOrders,
  body: unknown,
  { provider = 'psp-primary', signature }: { readonly provider?: string; readonly signature?: string } = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await orders.app.request(`/v1/webhooks/${provider}`, {
    method: 'POST',
    body: text,
    headers: { 'headroom-signature': signature ?? signatureOf(text) },
  });
  const answer = (await response.json()) as { result?: string; type?: string };
  return { status: response.status, result: answer.result, answer };
}
