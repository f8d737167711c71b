// Paying in a second step or with another token, by the front door, with a real database and the real lab.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { brokenBooks } from '../orders/test-orders.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { type Paying, payingAt, problemOf } from './test-payments.ts';
import { startTestShop, type TestShop, type Told } from './test-shop.ts';

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

describe('buying now and paying later', () => {
  test('sends the buyer to the provider first, and is completed when they come back', async () => {
    const { id, total } = await at.waiting();
    expect(await at.chargesOf(id)).toEqual([]);
    const told = await at.pay(id, 'bnpl');
    expect([told.status, told.body]).toEqual([
      201,
      { order_id: id, state: 'authorized', total_minor: total, currency: 'GBP' },
    ]);
    expect((await at.chargesOf(id)).map((charge) => charge.amount_minor)).toEqual([total]);
    expect(await at.attemptsOf(id)).toEqual(['bnpl approved']);
    expect(await shop.metric('payment_submissions_total{outcome="placed"}')).toBeGreaterThan(0);
  });

  test('a retry of the order or of the payment hears the same again, and nothing is charged twice', async () => {
    const ready = await shop.ready();
    const [orderKey, payKey] = [randomUUID(), randomUUID()];
    const first = await at.submit(ready, 'bnpl', 'tok_ok_1', orderKey);
    const again = await at.submit(ready, 'bnpl', 'tok_ok_1', orderKey);
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([
      202,
      first.body,
      'true',
    ]);
    const all = await Promise.all(
      Array.from({ length: 20 }, () => at.pay(first.body.order_id, 'bnpl', 'tok_ok_1', payKey)),
    );
    for (const told of all.filter(({ status }) => status !== 201))
      expect([told.status, problemOf(told)]).toEqual([409, 'in_flight']);
    const replay = await at.pay(first.body.order_id, 'bnpl', 'tok_ok_1', payKey);
    expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(await at.chargesOf(first.body.order_id)).toHaveLength(1);
  });

  test('a buyer who already agreed at the provider is not asked again', async () => {
    const { id, url } = await at.waiting();
    expect((await fetch(`${url}?agree=yes`)).status).toBe(200);
    expect((await at.pay(id, 'bnpl')).status).toBe(201);
    expect(await at.chargesOf(id)).toHaveLength(1);
  });

  test('a buyer who does not agree may pay in another way: the order waited for them', async () => {
    const { id, total } = await at.waiting();
    const refused = await at.pay(id, 'bnpl', 'tok_decline_1');
    expect([refused.status, problemOf(refused)]).toEqual([402, 'declined']);
    expect(await at.stateOf(id)).toBe('pending_payment');
    const declined = await at.pay(id, 'card', 'tok_decline_1');
    expect([declined.status, await at.stateOf(id)]).toEqual([402, 'pending_payment']);
    expect((await at.pay(id, 'card')).status).toBe(201);
    expect((await at.chargesOf(id)).map((charge) => charge.amount_minor)).toEqual([total]);
    expect(await at.attemptsOf(id)).toEqual(['bnpl declined', 'card declined', 'card approved']);
  });

  test('a buyer who changes their mind pays by card, and what waited at the provider can never be agreed to', async () => {
    const { id, url } = await at.waiting();
    expect((await at.pay(id, 'card')).status).toBe(201);
    await fetch(`${url}?agree=yes`);
    expect(await at.chargesOf(id)).toHaveLength(1);
    expect(await at.attemptsOf(id)).toEqual(['bnpl voided', 'card approved']);
  });
});

describe('an order that waits for a payment', () => {
  test('keeps what its buyer chose last: an earlier payment that the network sends again changes nothing', async () => {
    const { id } = await at.waiting();
    const [early, late] = [randomUUID(), randomUUID()];
    const first = await at.pay(id, 'card', 'tok_decline_1', early);
    expect((await at.pay(id, 'bnpl', 'tok_ok_1', late)).status).toBe(202);
    const again = await at.pay(id, 'card', 'tok_decline_1', early);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([first.status, 'true']);
    const another = await at.pay(id, 'card', 'tok_ok_1', early);
    expect([another.status, problemOf(another)]).toEqual([422, 'key_reused']);
    expect(await at.attemptsOf(id)).toEqual(['bnpl voided', 'card declined', 'bnpl action_required']);
    expect((await at.pay(id, 'bnpl')).status).toBe(201);
  });

  test('is paid once by twenty payments at once under twenty keys; the others are told to wait or that it is paid', async () => {
    const { id } = await at.waiting();
    await at.pay(id, 'bnpl', 'tok_decline_1');
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => at.pay(id, 'card', `tok_ok_${n}`)));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const told of all.filter(({ status }) => status !== 201))
      expect([409, ['payment_in_progress', 'order_not_payable']]).toEqual([
        told.status,
        expect.arrayContaining([problemOf(told)]),
      ]);
    expect(await at.chargesOf(id)).toHaveLength(1);
  });

  test('without its index two live attempts can be written down, and the count of broken books says so', async () => {
    const { id } = await at.waiting();
    await at.pay(id, 'bnpl', 'tok_decline_1');
    const { owner } = shop.database;
    const more = (no: number) => owner`
      insert into orders.payment_attempts (id, order_id, attempt_no, provider, amount_minor, currency)
      values (${`plant_${no}`}, ${id}, ${no}, 'psp-primary', 1, 'GBP')`;
    await more(8);
    await expect(more(9)).rejects.toThrow(/one_live_attempt/);
    await owner`drop index orders.one_live_attempt`;
    await more(9);
    expect(await brokenBooks(owner)).toEqual({ two_live_attempts: 1 });
    await owner`delete from orders.payment_attempts where id like 'plant_%'`;
    await owner`create unique index one_live_attempt on orders.payment_attempts (order_id)
      where state in ('started', 'unknown', 'approved', 'action_required')`;
  });

  test('a payment without a key, with a used one, for no order, or of a paid one is told so', async () => {
    const { id } = await at.waiting();
    const bare = await shop.request('POST', '/v1/payments', {
      order_id: id,
      payment: { method: 'card', token: 'tok_ok_1' },
    });
    expect([bare.status, problemOf(bare)]).toEqual([400, 'key_missing']);
    const key = randomUUID();
    expect((await at.pay(id, 'bnpl', 'tok_ok_1', key)).status).toBe(201);
    const other = await at.pay(id, 'bnpl', 'tok_ok_2', key);
    expect([other.status, problemOf(other)]).toEqual([422, 'key_reused']);
    const paid = await at.pay(id, 'card');
    expect([paid.status, problemOf(paid), paid.body.state]).toEqual([409, 'order_not_payable', 'authorized']);
    const nobody = await at.pay('ord_nobody', 'card');
    expect([nobody.status, problemOf(nobody)]).toEqual([404, 'unknown_order']);
  });

  test('goes on where a dead caller stopped: before the provider was called, and after it', async () => {
    const quick = await startTestShop(server, lab, { SUBMISSION_DEADLINE_MS: '1500' });
    shop.mend();
    for (const cut of ['/payments', '/events'] as const) {
      const told = await submitAt(quick);
      const key = randomUUID();
      // The commit was made, and nobody heard of it; or the provider answered, and nobody wrote it down.
      quick.cut(cut, cut === '/payments' ? 'after' : 'before');
      const lost = await payAt(quick, told.body.order_id, key);
      expect([202, 503]).toContain(lost.status);
      quick.mend();
      const early = await payAt(quick, told.body.order_id, key);
      expect([early.status, problemOf(early)]).toEqual([409, 'in_flight']);
      await quick.database
        .owner`update orders.idempotency_keys set locked_at = locked_at - interval '10 seconds'`;
      const late = await payAt(quick, told.body.order_id, key);
      expect(late.status).toBe(201);
      expect(await at.chargesOf(told.body.order_id)).toHaveLength(1);
    }
    expect(await brokenBooks(quick.database.owner)).toEqual({});
    await quick.close();
  });

  test('while its provider does not answer is told that it is being confirmed, and the same key completes it', async () => {
    const { id } = await at.waiting();
    const key = randomUUID();
    await lab.fault('psp-primary', 'authorize', 'after', 50);
    const lost = await at.pay(id, 'bnpl', 'tok_ok_1', key);
    expect([lost.status, lost.body.state]).toEqual([202, 'pending_payment']);
    await lab.heal();
    await shop.database
      .owner`update orders.idempotency_keys set locked_at = locked_at - interval '10 seconds'`;
    expect((await at.pay(id, 'bnpl', 'tok_ok_1', key)).status).toBe(201);
    expect(await at.chargesOf(id)).toHaveLength(1);
  });
});

async function submitAt(at: TestShop): Promise<Told> {
  const { cart, quote } = await at.ready();
  const body = { cart_id: cart.id, quote_id: quote.id, payment: { method: 'bnpl', token: 'tok_ok_1' } };
  return at.request('POST', '/v1/orders', body, { 'idempotency-key': randomUUID() });
}
const payAt = (at: TestShop, order_id: string, key: string) =>
  at.request(
    'POST',
    '/v1/payments',
    { order_id, payment: { method: 'bnpl', token: 'tok_ok_1' } },
    { 'idempotency-key': key },
  );
