// Paying in a second step or with another token, for tests: by the front door, and what came of it at the providers.
import { randomUUID } from 'node:crypto';
import type { BookedCharge, TestLab } from '../payment/test-lab.ts';
import type { Ready, TestShop, Told } from './test-shop.ts';

export const problemOf = (told: Told) => String(told.body.type).split(':').at(-1);

export interface Paying {
  submit(ready: Ready, method: string, token?: string, key?: string): Promise<Told>;
  pay(orderId: string, method: string, token?: string, key?: string): Promise<Told>;
  /** An order that waits for its buyer to agree to pay later. */
  waiting(): Promise<{ readonly id: string; readonly url: string; readonly total: number }>;
  chargesOf(orderId: string, statuses?: readonly string[]): Promise<BookedCharge[]>;
  stateOf(orderId: string): Promise<string>;
  attemptsOf(orderId: string): Promise<string[]>;
}

export function payingAt(shop: TestShop, lab: TestLab): Paying {
  const { owner } = shop.database;
  const submit: Paying['submit'] = ({ cart, quote }, method, token = 'tok_ok_1', key = randomUUID()) =>
    shop.request(
      'POST',
      '/v1/orders',
      { cart_id: cart.id, quote_id: quote.id, payment: { method, token } },
      { 'idempotency-key': key },
    );
  return {
    submit,
    pay: (order_id, method, token = 'tok_ok_1', key = randomUUID()) =>
      shop.request(
        'POST',
        '/v1/payments',
        { order_id, payment: { method, token } },
        { 'idempotency-key': key },
      ),
    async waiting() {
      const told = await submit(await shop.ready(), 'bnpl');
      if (told.status !== 202) throw new Error(`${told.status} ${JSON.stringify(told.body)}`);
      return { id: told.body.order_id, url: told.body.next_action.url, total: told.body.total_minor };
    },
    async chargesOf(orderId, statuses = ['approved', 'captured']) {
      const all = await Promise.all([lab.charges('psp-primary'), lab.charges('psp-backup')]);
      return all.flat().filter(({ order, status }) => order === orderId && statuses.includes(status));
    },
    stateOf: async (orderId) =>
      (await owner`select state from orders.orders where public_id = ${orderId}`)[0]!.state,
    async attemptsOf(orderId) {
      const rows = await owner`
        select state, method from orders.payment_attempts where order_id = ${orderId} order by attempt_no`;
      return rows.map(({ state, method }) => `${method} ${state}`);
    },
  };
}
