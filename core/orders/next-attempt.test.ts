import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { ordersInstance, paymentEventOf, submission, type TestOrders } from './test-orders.ts';

let server: TestServer;
let orders: TestOrders;
beforeAll(async () => {
  server = await startTestServer();
  const database = await server.fresh();
  orders = ordersInstance(database);
  await database.stock('AAAA1111', 1_000);
});
afterAll(() => server.stop());

const placed = async () => {
  const answer = await orders.place(submission());
  if (answer.kind !== 'placed') throw new Error(answer.kind);
  return answer;
};

describe('failing over to the other provider', () => {
  test('makes one further attempt with a key of its own, however often it is asked', async () => {
    const { order_id, attempt } = await placed();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => orders.nextAttempt(order_id, attempt.id)),
    );
    const wanted = { ...attempt, id: attempt.id.replace(/_1$/, '_2'), attempt_no: 2, provider: 'psp-backup' };
    for (const answer of answers) expect(answer).toEqual({ kind: 'attempt', attempt: wanted });
  });

  test('is refused while the first outcome is unknown, and once the order is decided', async () => {
    const { order_id, attempt } = await placed();
    await orders.event(order_id, paymentEventOf(attempt.id, 'payment.unknown'));
    expect(await orders.nextAttempt(order_id, attempt.id)).toEqual({
      kind: 'refused',
      reason: 'attempt_unknown',
    });
    await orders.event(order_id, paymentEventOf(attempt.id, 'payment.authorized'));
    expect(await orders.nextAttempt(order_id, attempt.id)).toEqual({
      kind: 'refused',
      reason: 'order_authorized',
    });
  });

  test('at the same moment as an approval: the order is paid by one of them only', async () => {
    for (let round = 0; round < 10; round++) {
      const { order_id, attempt } = await placed();
      const approval = paymentEventOf(attempt.id, 'payment.authorized', {
        answer: { status: 201, body: {} },
      });
      const [next, event] = await Promise.all([
        orders.nextAttempt(order_id, attempt.id),
        orders.event(order_id, approval),
      ]);
      // Whoever came second was told so.
      expect([next.kind, event.kind]).toEqual(
        next.kind === 'attempt' ? ['attempt', 'illegal'] : ['refused', 'applied'],
      );
    }
  });

  test('is refused to a buyer who has given up; what was committed before that is gone through with', async () => {
    const [early, late] = [await placed(), await placed()];
    const made = await orders.nextAttempt(late.order_id, late.attempt.id);
    for (const { order_id } of [early, late]) {
      const path = `/internal/v1/orders/${order_id}/cancel`;
      const told = await orders.post(path, { reason: 'gave_up' }, undefined, { 'idempotency-key': 'k' });
      expect(told.status).toBe(202);
    }
    expect(await orders.nextAttempt(early.order_id, early.attempt.id)).toEqual({
      kind: 'refused',
      reason: 'order_unwanted',
    });
    expect(await orders.nextAttempt(late.order_id, late.attempt.id)).toEqual(made);
  });

  test('a stranger’s order or attempt is refused', async () => {
    const { order_id } = await placed();
    expect(await orders.nextAttempt('ord_none', 'pay_none_1')).toMatchObject({ reason: 'no_such_order' });
    expect(await orders.nextAttempt(order_id, 'pay_none_1')).toMatchObject({ reason: 'no_such_attempt' });
  });
});
