// Paying in a second step or with another token, by the front door, with a real database and the real lab.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { brokenBooks } from '../orders/test-orders.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { type Ready, startTestShop, type TestShop, type Told } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab);
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

const problemOf = (told: Told) => String(told.body.type).split(':').at(-1);
const submit = ({ cart, quote }: Ready, method: string, token = 'tok_ok_1', key: string = randomUUID()) =>
  shop.request(
    'POST',
    '/v1/orders',
    { cart_id: cart.id, quote_id: quote.id, payment: { method, token } },
    { 'idempotency-key': key },
  );
const pay = (order_id: string, method: string, token = 'tok_ok_1', key: string = randomUUID()) =>
  shop.request('POST', '/v1/payments', { order_id, payment: { method, token } }, { 'idempotency-key': key });
/** An order that waits for its buyer to agree to pay later. */
async function waiting(): Promise<{ readonly id: string; readonly url: string; readonly total: number }> {
  const told = await submit(await shop.ready(), 'bnpl');
  expect([told.status, told.body.state]).toEqual([202, 'pending_payment']);
  return { id: told.body.order_id, url: told.body.next_action.url, total: told.body.total_minor };
}
async function chargesOf(orderId: string, statuses: readonly string[] = ['approved', 'captured']) {
  const all = await Promise.all([lab.charges('psp-primary'), lab.charges('psp-backup')]);
  return all.flat().filter(({ order, status }) => order === orderId && statuses.includes(status));
}
const stateOf = async (orderId: string) =>
  (await shop.database.owner`select state from orders.orders where public_id = ${orderId}`)[0]!.state;
const attemptsOf = async (orderId: string) =>
  (
    await shop.database.owner`
      select state, method from orders.payment_attempts where order_id = ${orderId} order by attempt_no`
  ).map(({ state, method }) => `${method} ${state}`);

describe('buying now and paying later', () => {
  test('sends the buyer to the provider first, and is completed when they come back', async () => {
    const { id, total } = await waiting();
    expect(await chargesOf(id)).toEqual([]);
    const told = await pay(id, 'bnpl');
    expect([told.status, told.body]).toEqual([
      201,
      { order_id: id, state: 'authorized', total_minor: total, currency: 'GBP' },
    ]);
    expect((await chargesOf(id)).map((charge) => charge.amount_minor)).toEqual([total]);
    expect(await attemptsOf(id)).toEqual(['bnpl approved']);
    expect(await shop.metric('payment_submissions_total{outcome="placed"}')).toBeGreaterThan(0);
  });

  test('a retry of the order or of the payment hears the same again, and nothing is charged twice', async () => {
    const ready = await shop.ready();
    const [orderKey, payKey] = [randomUUID(), randomUUID()];
    const first = await submit(ready, 'bnpl', 'tok_ok_1', orderKey);
    const again = await submit(ready, 'bnpl', 'tok_ok_1', orderKey);
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([
      202,
      first.body,
      'true',
    ]);
    const all = await Promise.all(
      Array.from({ length: 20 }, () => pay(first.body.order_id, 'bnpl', 'tok_ok_1', payKey)),
    );
    for (const told of all.filter(({ status }) => status !== 201))
      expect([told.status, problemOf(told)]).toEqual([409, 'in_flight']);
    const replay = await pay(first.body.order_id, 'bnpl', 'tok_ok_1', payKey);
    expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(await chargesOf(first.body.order_id)).toHaveLength(1);
  });

  test('a buyer who already agreed at the provider is not asked again', async () => {
    const { id, url } = await waiting();
    expect((await fetch(`${url}?agree=yes`)).status).toBe(200);
    expect((await pay(id, 'bnpl')).status).toBe(201);
    expect(await chargesOf(id)).toHaveLength(1);
  });

  test('a buyer who does not agree may pay in another way: the order waited for them', async () => {
    const { id, total } = await waiting();
    const refused = await pay(id, 'bnpl', 'tok_decline_1');
    expect([refused.status, problemOf(refused)]).toEqual([402, 'declined']);
    expect(await stateOf(id)).toBe('pending_payment');
    const declined = await pay(id, 'card', 'tok_decline_1');
    expect([declined.status, await stateOf(id)]).toEqual([402, 'pending_payment']);
    expect((await pay(id, 'card')).status).toBe(201);
    expect((await chargesOf(id)).map((charge) => charge.amount_minor)).toEqual([total]);
    expect(await attemptsOf(id)).toEqual(['bnpl declined', 'card declined', 'card approved']);
  });

  test('a buyer who changes their mind pays by card, and what waited at the provider can never be agreed to', async () => {
    const { id, url } = await waiting();
    expect((await pay(id, 'card')).status).toBe(201);
    await fetch(`${url}?agree=yes`);
    expect(await chargesOf(id)).toHaveLength(1);
    expect(await attemptsOf(id)).toEqual(['bnpl voided', 'card approved']);
  });
});

describe('an order that waits for a payment', () => {
  test('is not called paid by an approval that was released before it could be written down', async () => {
    const { id } = await waiting();
    const { owner } = shop.database;
    const [payKey, voided] = [randomUUID(), { type: 'declined', title: 'The payment was not completed.' }];
    await lab.fault('psp-primary', 'authorize', 'slow', 300);
    const paying = pay(id, 'bnpl', 'tok_ok_1', payKey);
    await vi.waitFor(async () =>
      expect(await owner`select from orders.idempotency_keys where key = ${payKey}`).toHaveLength(1),
    );
    // What the release of the same attempt commits, between the provider's answer and its being told.
    const [attempt] = await owner.begin(async (tx) => {
      await tx`select from orders.orders where public_id = ${id} for update`;
      await vi.waitFor(async () => expect(await chargesOf(id)).toHaveLength(1));
      await tx`update orders.idempotency_keys set recovery_point = 'finished', status = 402, body = ${tx.json(voided)}
        where key = ${payKey}`;
      return tx`update orders.payment_attempts set state = 'voided', resolved_at = now() where order_id = ${id} returning id`;
    });
    const told = await paying;
    expect([told.status, told.body, await stateOf(id)]).toEqual([402, voided, 'pending_payment']);
    await lab.heal();
    await fetch(`${lab.url('psp-primary')}/v1/voids`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reference: attempt!.id }),
    });
    expect((await pay(id, 'card')).status).toBe(201);
    expect(await chargesOf(id)).toHaveLength(1);
  });

  test('is not taken from a buyer who is completing it by one who chooses another way at the same moment', async () => {
    const { id } = await waiting();
    const payKey = randomUUID();
    await lab.fault('psp-primary', 'authorize', 'slow', 400);
    const paying = pay(id, 'bnpl', 'tok_ok_1', payKey);
    await vi.waitFor(async () =>
      expect(
        await shop.database.owner`select from orders.idempotency_keys where key = ${payKey}`,
      ).toHaveLength(1),
    );
    const other = await pay(id, 'card');
    expect([other.status, problemOf(other)]).toEqual([409, 'payment_in_progress']);
    expect((await paying).status).toBe(201);
    expect(await chargesOf(id)).toHaveLength(1);
    expect(await attemptsOf(id)).toEqual(['bnpl approved']);
  });

  test('is not taken from a buyer who completed it after another way was chosen, and before that was begun', async () => {
    const { id } = await waiting();
    const { owner } = shop.database;
    await lab.fault('psp-primary', 'authorize', 'slow', 300);
    const payKey = randomUUID();
    const paying = pay(id, 'bnpl', 'tok_ok_1', payKey);
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
      const choosing = pay(id, 'card');
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
    expect(await chargesOf(id)).toHaveLength(1);
  });

  test('cannot be completed while what waits is being released, and can again once whoever did that is gone', async () => {
    const { id } = await waiting();
    // Released at the provider, or not: nobody was told.
    shop.cut('/events', 'before');
    expect((await pay(id, 'card')).status).toBe(503);
    shop.mend();
    const early = await pay(id, 'bnpl');
    expect([early.status, problemOf(early)]).toEqual([409, 'payment_in_progress']);
    // Releasing it once more is no second payment.
    expect((await pay(id, 'card')).status).toBe(201);
    expect(await attemptsOf(id)).toEqual(['bnpl voided', 'card approved']);
    const gone = await waiting();
    shop.cut('/events', 'before');
    expect((await pay(gone.id, 'card')).status).toBe(503);
    shop.mend();
    const later = () =>
      shop.database.owner`update orders.idempotency_keys set locked_at = locked_at - interval '10 seconds'`;
    await later();
    // Tried again, though the provider did release it: no answer of theirs proves what became of it.
    expect((await pay(gone.id, 'bnpl')).status).toBe(202);
    await later();
    expect((await pay(gone.id, 'card')).status).toBe(201);
    expect(await chargesOf(gone.id)).toHaveLength(1);
    expect(await attemptsOf(gone.id)).toEqual(['bnpl voided', 'card approved']);
  });

  test('keeps what its buyer chose last: an earlier payment that the network sends again changes nothing', async () => {
    const { id } = await waiting();
    const [early, late] = [randomUUID(), randomUUID()];
    const first = await pay(id, 'card', 'tok_decline_1', early);
    expect((await pay(id, 'bnpl', 'tok_ok_1', late)).status).toBe(202);
    const again = await pay(id, 'card', 'tok_decline_1', early);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([first.status, 'true']);
    const another = await pay(id, 'card', 'tok_ok_1', early);
    expect([another.status, problemOf(another)]).toEqual([422, 'key_reused']);
    expect(await attemptsOf(id)).toEqual(['bnpl voided', 'card declined', 'bnpl action_required']);
    expect((await pay(id, 'bnpl')).status).toBe(201);
  });

  test('is paid once by twenty payments at once under twenty keys; the others are told to wait or that it is paid', async () => {
    const { id } = await waiting();
    await pay(id, 'bnpl', 'tok_decline_1');
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => pay(id, 'card', `tok_ok_${n}`)));
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const told of all.filter(({ status }) => status !== 201))
      expect([409, ['payment_in_progress', 'order_not_payable']]).toEqual([
        told.status,
        expect.arrayContaining([problemOf(told)]),
      ]);
    expect(await chargesOf(id)).toHaveLength(1);
  });

  test('without its index two live attempts can be written down, and the count of broken books says so', async () => {
    const { id } = await waiting();
    await pay(id, 'bnpl', 'tok_decline_1');
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
    const { id } = await waiting();
    const bare = await shop.request('POST', '/v1/payments', {
      order_id: id,
      payment: { method: 'card', token: 'tok_ok_1' },
    });
    expect([bare.status, problemOf(bare)]).toEqual([400, 'key_missing']);
    const key = randomUUID();
    expect((await pay(id, 'bnpl', 'tok_ok_1', key)).status).toBe(201);
    const other = await pay(id, 'bnpl', 'tok_ok_2', key);
    expect([other.status, problemOf(other)]).toEqual([422, 'key_reused']);
    const paid = await pay(id, 'card');
    expect([paid.status, problemOf(paid), paid.body.state]).toEqual([409, 'order_not_payable', 'authorized']);
    const nobody = await pay('ord_nobody', 'card');
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
      expect(await chargesOf(told.body.order_id)).toHaveLength(1);
    }
    expect(await brokenBooks(quick.database.owner)).toEqual({});
    await quick.close();
  });

  test('while its provider does not answer is told that it is being confirmed, and the same key completes it', async () => {
    const { id } = await waiting();
    const key = randomUUID();
    await lab.fault('psp-primary', 'authorize', 'after', 50);
    const lost = await pay(id, 'bnpl', 'tok_ok_1', key);
    expect([lost.status, lost.body.state]).toEqual([202, 'pending_payment']);
    await lab.heal();
    await shop.database
      .owner`update orders.idempotency_keys set locked_at = locked_at - interval '10 seconds'`;
    expect((await pay(id, 'bnpl', 'tok_ok_1', key)).status).toBe(201);
    expect(await chargesOf(id)).toHaveLength(1);
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
