// A buyer who completes one payment while another way to pay is chosen for the same order, in every order of the two.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { brokenBooks } from '../orders/test-orders.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { type Paying, payingAt, problemOf } from './test-payments.ts';
import { startTestShop, type TestShop } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
let at: Paying;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab);
  at = payingAt(shop, lab);
});
afterEach(async () => {
  shop.mend();
  await lab.heal();
  expect(await brokenBooks(shop.database.owner)).toEqual({});
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close()]);
});

describe('an order that waits for a payment, and hears of two', () => {
  test('is not called paid by an approval that was released before it could be written down', async () => {
    const { id } = await at.waiting();
    const { owner } = shop.database;
    const [payKey, voided] = [randomUUID(), { type: 'declined', title: 'The payment was not completed.' }];
    await lab.fault('psp-primary', 'authorize', 'slow', 300);
    const paying = at.pay(id, 'bnpl', 'tok_ok_1', payKey);
    await vi.waitFor(async () =>
      expect(await owner`select from orders.idempotency_keys where key = ${payKey}`).toHaveLength(1),
    );
    // What the release of the same attempt commits, between the provider's answer and its being told.
    const [attempt] = await owner.begin(async (tx) => {
      await tx`select from orders.orders where public_id = ${id} for update`;
      await vi.waitFor(async () => expect(await at.chargesOf(id)).toHaveLength(1));
      await tx`update orders.idempotency_keys set recovery_point = 'finished', status = 402, body = ${tx.json(voided)}
        where key = ${payKey}`;
      return tx`update orders.payment_attempts set state = 'voided', resolved_at = now() where order_id = ${id} returning id`;
    });
    const told = await paying;
    expect([told.status, told.body, await at.stateOf(id)]).toEqual([402, voided, 'pending_payment']);
    await lab.heal();
    await fetch(`${lab.url('psp-primary')}/v1/voids`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reference: attempt!.id }),
    });
    expect((await at.pay(id, 'card')).status).toBe(201);
    expect(await at.chargesOf(id)).toHaveLength(1);
  });

  test('is not taken from a buyer who is completing it by one who chooses another way at the same moment', async () => {
    const { id } = await at.waiting();
    const payKey = randomUUID();
    await lab.fault('psp-primary', 'authorize', 'slow', 400);
    const paying = at.pay(id, 'bnpl', 'tok_ok_1', payKey);
    await vi.waitFor(async () =>
      expect(
        await shop.database.owner`select from orders.idempotency_keys where key = ${payKey}`,
      ).toHaveLength(1),
    );
    const other = await at.pay(id, 'card');
    expect([other.status, problemOf(other)]).toEqual([409, 'payment_in_progress']);
    expect((await paying).status).toBe(201);
    expect(await at.chargesOf(id)).toHaveLength(1);
    expect(await at.attemptsOf(id)).toEqual(['bnpl approved']);
  });

  test('is not taken from a buyer who completed it after another way was chosen, and before that was begun', async () => {
    const { id } = await at.waiting();
    const { owner } = shop.database;
    await lab.fault('psp-primary', 'authorize', 'slow', 300);
    const payKey = randomUUID();
    const paying = at.pay(id, 'bnpl', 'tok_ok_1', payKey);
    await vi.waitFor(async () =>
      expect(await owner`select from orders.idempotency_keys where key = ${payKey}`).toHaveLength(1),
    );
    const inLine = (length: number) =>
      vi.waitFor(async () =>
        expect(
          await owner`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        ).toHaveLength(length),
      );
    // The order's row is held until the approval waits for it, and behind it who saw the order waiting.
    const { choosing } = await owner.begin(async (tx) => {
      await tx`select from orders.orders where public_id = ${id} for update`;
      await inLine(1);
      const choosing = at.pay(id, 'card');
      await inLine(2);
      return { choosing };
    });
    expect((await paying).status).toBe(201);
    const other = await choosing;
    expect([other.status, problemOf(other), other.body.state]).toEqual([
      409,
      'order_not_payable',
      'authorized',
    ]);
    expect(await at.chargesOf(id)).toHaveLength(1);
  });

  test('cannot be completed while what waits is being released, and can again once whoever did that is gone', async () => {
    const { id } = await at.waiting();
    // Released at the provider, or not: nobody was told.
    shop.cut('/events', 'before');
    expect((await at.pay(id, 'card')).status).toBe(503);
    shop.mend();
    const early = await at.pay(id, 'bnpl');
    expect([early.status, problemOf(early)]).toEqual([409, 'payment_in_progress']);
    // Releasing it once more is no second payment.
    expect((await at.pay(id, 'card')).status).toBe(201);
    expect(await at.attemptsOf(id)).toEqual(['bnpl voided', 'card approved']);
    const gone = await at.waiting();
    shop.cut('/events', 'before');
    expect((await at.pay(gone.id, 'card')).status).toBe(503);
    shop.mend();
    const later = () =>
      shop.database.owner`update orders.idempotency_keys set locked_at = locked_at - interval '10 seconds'`;
    await later();
    // Tried again, though the provider did release it: no answer of theirs proves what became of it.
    expect((await at.pay(gone.id, 'bnpl')).status).toBe(202);
    await later();
    expect((await at.pay(gone.id, 'card')).status).toBe(201);
    expect(await at.chargesOf(gone.id)).toHaveLength(1);
    expect(await at.attemptsOf(gone.id)).toEqual(['bnpl voided', 'card approved']);
  });
});
