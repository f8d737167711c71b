// Opaque ids. An order's id says nothing; a payment attempt's id says which order and which attempt, and is the
// provider's idempotency key, so it exists before the call.
import { randomBytes } from 'node:crypto';

export const newOrderId = () => `ord_${randomBytes(12).toString('hex')}`;
export const providerKey = (orderId: string, attemptNo: number) =>
  `pay_${orderId.replace(/^ord_/, '')}_${attemptNo}`;
