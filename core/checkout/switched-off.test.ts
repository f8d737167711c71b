// Kill switches by the front door: what each stops, what it leaves alone, and what the shopper is told.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import type { Dimension, Mode } from '../switches/switch.ts';
import { startTestShop, type TestShop, type Told } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await startTestShop(server, lab);
});
afterEach(async () => {
  await shop.database.owner`update ops.switches set is_on = false`;
  await Promise.all([shop.switches.refresh(), lab.heal()]);
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close()]);
});

async function flip(dimension: Dimension, value: string, mode: Mode = 'on', seconds = 3_600): Promise<void> {
  await shop.database.owner`
    insert into ops.switches (dimension, value, is_on, mode, reason, changed_by, expires_at)
    values (${dimension}, ${value}, true, ${mode}, 'a test', 'test', now() + make_interval(secs => ${seconds}))
    on conflict (dimension, value) do update set is_on = true, mode = excluded.mode, changed_at = now(),
      expires_at = excluded.expires_at, reason = excluded.reason, activation = excluded.activation`;
  await shop.switches.refresh();
}
const problemOf = (told: Told) => String(told.body.type).split(':').at(-1);
const quote = (cartId: string, shipping_method = 'standard') =>
  shop.request('POST', `/v1/carts/${cartId}/quote`, { shipping_method });
const attemptsOf = (cartId: string) => shop.database.owner<{ provider: string; state: string }[]>`
  select a.provider, a.state from orders.payment_attempts a join orders.orders o on o.public_id = a.order_id
  where o.checkout_id = ${cartId} order by a.attempt_no`;
const chargesAt = async (provider: 'psp-primary' | 'psp-backup', cartId: string) => {
  const orders = await shop.database.owner<{ public_id: string }[]>`
    select public_id from orders.orders where checkout_id = ${cartId}`;
  const ids = new Set(orders.map((order) => order.public_id));
  return (await lab.charges(provider)).filter((charge) => ids.has(charge.order));
};
const decisions = (dimension: Dimension, effect: 'stopped' | 'would_stop') =>
  shop.metric(`kill_switch_decisions_total{dimension="${dimension}",effect="${effect}"}`);

describe('a switch on', () => {
  test('a region stops quotes and submissions there, keeps the cart, and says when to come back', async () => {
    const ready = await shop.ready();
    await flip('region', 'GB', 'on', 60);
    for (const told of [await quote(ready.cart.id), await shop.submit(ready)]) {
      expect([told.status, problemOf(told)]).toEqual([503, 'switched_off']);
      expect(told.body.off).toEqual({ dimension: 'region', value: 'GB' });
      expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(50);
      expect(Number(told.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }
    expect(await attemptsOf(ready.cart.id)).toEqual([]);
    expect((await shop.request('GET', `/v1/carts/${ready.cart.id}`)).status).toBe(200);
    await flip('region', 'FR');
    await shop.database.owner`update ops.switches set is_on = false where value = 'GB'`;
    await shop.switches.refresh();
    expect((await shop.submit(ready)).status).toBe(201);
  });

  test('a way to pay names the ones that are left', async () => {
    const ready = await shop.ready();
    await flip('payment_method', 'card');
    const told = await shop.submit(ready);
    expect([told.status, problemOf(told)]).toEqual([409, 'switched_off']);
    expect(told.body.still_possible).toEqual(['wallet', 'bnpl', 'gift_card']);
    // Never sent away for an hour by a switch that may be lifted in a minute.
    expect(told.headers.get('retry-after')).toBe('300');
    expect(await attemptsOf(ready.cart.id)).toEqual([]);
  });

  test('a way to ship is offered no more, quoted no more, and not shipped on an older quote', async () => {
    const ready = await shop.ready();
    await flip('shipping_method', 'standard');
    const rates = await shop.request('GET', `/v1/carts/${ready.cart.id}/rates`);
    expect(rates.body.rates.map((rate: { method: string }) => rate.method)).toEqual(['express']);
    const told = await quote(ready.cart.id);
    expect([told.status, told.body.still_possible]).toEqual([409, ['express']]);
    expect((await shop.submit(ready)).status).toBe(409);
    const express = await quote(ready.cart.id, 'express');
    expect((await shop.submit({ cart: ready.cart, quote: express.body })).status).toBe(201);
  });

  test('nothing left to ship with is answered as what only waiting helps against', async () => {
    const ready = await shop.ready();
    await flip('shipping_method', 'standard');
    await flip('shipping_method', 'express');
    const told = await shop.request('GET', `/v1/carts/${ready.cart.id}/rates`);
    expect([told.status, problemOf(told)]).toEqual([503, 'switched_off']);
  });

  test('a provider gets no new authorisation, approved or declined, and the other one takes them', async () => {
    await flip('provider', 'psp-primary');
    for (const token of ['tok_ok_1', 'tok_decline_1']) {
      const { cart, quote: quoted } = await shop.ready();
      await shop.submit({ cart, quote: quoted }, { token });
      expect(await chargesAt('psp-primary', cart.id)).toEqual([]);
      expect(await attemptsOf(cart.id)).toMatchObject([{ provider: 'psp-backup' }]);
    }
  });

  test('the failover never picks a provider that is off', async () => {
    await flip('provider', 'psp-backup');
    await lab.fault('psp-primary', 'authorize', 'before');
    const ready = await shop.ready();
    const told = await shop.submit(ready);
    expect([told.status, problemOf(told)]).toEqual([503, 'payment_unavailable']);
    expect(await chargesAt('psp-backup', ready.cart.id)).toEqual([]);
    expect(await attemptsOf(ready.cart.id)).toHaveLength(1);
  });

  test('every provider at once is our decision and no failure, and names none of them', async () => {
    const ready = await shop.ready();
    await flip('provider', 'psp-primary');
    await flip('provider', 'psp-backup');
    const told = await shop.submit(ready);
    expect([told.status, problemOf(told)]).toEqual([503, 'switched_off']);
    expect(JSON.stringify(told.body)).not.toContain('psp');
  });

  test('is counted as an outcome of its own, which spends no budget', async () => {
    const counted = () => shop.metric('checkout_submissions_total{outcome="switched_off",region="GB"}');
    const before = await counted();
    const ready = await shop.ready();
    await flip('payment_method', 'card');
    await shop.submit(ready);
    expect(await counted()).toBe(before! + 1);
  });

  test('still lets a retry hear what became of its first try', async () => {
    const ready = await shop.ready();
    const key = 'tried-before-the-switch';
    expect((await shop.submit(ready, { key })).status).toBe(201);
    await flip('payment_method', 'card');
    const again = await shop.submit(ready, { key });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  });
});

describe('a payment of an order that waits for its buyer', () => {
  async function waiting(): Promise<string> {
    const { cart, quote: quoted } = await shop.ready();
    const payment = { method: 'bnpl', token: 'tok_ok_1' };
    const told = await shop.request(
      'POST',
      '/v1/orders',
      { cart_id: cart.id, quote_id: quoted.id, payment },
      { 'idempotency-key': randomUUID() },
    );
    expect([told.status, told.body.state]).toEqual([202, 'pending_payment']);
    return told.body.order_id;
  }
  const pay = (order_id: string, method = 'bnpl') =>
    shop.request(
      'POST',
      '/v1/payments',
      { order_id, payment: { method, token: 'tok_ok_1' } },
      { 'idempotency-key': randomUUID() },
    );

  test.each([
    ['region', 'GB', 503, []],
    ['payment_method', 'bnpl', 409, ['card', 'wallet', 'gift_card']],
    // Where it waits is where it is completed; what the other provider takes is left.
    ['provider', 'psp-primary', 409, ['card', 'wallet']],
  ] as const)(
    'is stopped by its %s, and goes through when that is on again',
    async (dimension, value, status, left) => {
      const order = await waiting();
      await flip(dimension, value);
      const told = await pay(order);
      expect([told.status, problemOf(told), told.body.still_possible]).toEqual([
        status,
        'switched_off',
        left,
      ]);
      await shop.database.owner`update ops.switches set is_on = false`;
      await shop.switches.refresh();
      expect((await pay(order)).status).toBe(201);
    },
  );

  test('may be made another way meanwhile', async () => {
    for (const [dimension, value] of [
      ['payment_method', 'bnpl'],
      // What waits there is given back all the same, and the other provider takes the card.
      ['provider', 'psp-primary'],
    ] as const) {
      const order = await waiting();
      await flip(dimension, value);
      expect((await pay(order, 'card')).status).toBe(201);
      await shop.database.owner`update ops.switches set is_on = false`;
      await shop.switches.refresh();
    }
  });

  test('whose process died is not completed by what is off since, and is when that is on again', async () => {
    const order = await waiting();
    const key = randomUUID();
    const body = { order_id: order, payment: { method: 'bnpl', token: 'tok_ok_1' } };
    const again = async () => {
      await shop.database
        .owner`update orders.idempotency_keys set locked_at = now() - interval '1 hour' where key = ${key}`;
      return shop.request('POST', '/v1/payments', body, { 'idempotency-key': key });
    };
    await lab.fault('psp-primary', 'authorize', 'before');
    expect((await again()).status).toBe(503);
    await lab.heal();
    await flip('payment_method', 'bnpl');
    expect((await again()).status).toBe(202);
    const { owner } = shop.database;
    const approved = () =>
      owner`select from orders.payment_attempts where order_id = ${order} and state = 'approved'`;
    expect(await approved()).toHaveLength(0);
    await owner`update ops.switches set is_on = false`;
    await shop.switches.refresh();
    expect((await again()).status).toBe(201);
  });
});

describe('a submission whose process died after its provider was called', () => {
  async function abandoned(key: string) {
    const ready = await shop.ready();
    await lab.fault('psp-primary', 'authorize', 'after', 50);
    expect((await shop.submit(ready, { key })).status).toBe(202);
    await lab.heal();
    // As its process left it: placed, the provider called, nothing confirmed, its deadline over.
    const { owner } = shop.database;
    await owner`delete from orders.order_events where type = 'payment.unknown'`;
    await owner`update orders.payment_attempts set state = 'started', resolved_at = null where state = 'unknown'`;
    await owner`update orders.idempotency_keys set recovery_point = 'placed', status = null, body = null,
      locked_at = now() - interval '1 hour' where key = ${key}`;
    return ready;
  }

  test('is resumed there, and left to be asked about when that provider is off since', async () => {
    const ready = await abandoned('its-process-died');
    await flip('provider', 'psp-primary');
    const again = await shop.submit(ready, { key: 'its-process-died' });
    expect([again.status, again.body.state]).toEqual([202, 'pending_payment']);
    expect(await attemptsOf(ready.cart.id)).toMatchObject([{ provider: 'psp-primary', state: 'unknown' }]);
    expect(await chargesAt('psp-primary', ready.cart.id)).toHaveLength(1);
    expect(await chargesAt('psp-backup', ready.cart.id)).toEqual([]);
  });

  test('is resumed there to its end while no switch is on', async () => {
    const ready = await abandoned('nothing-is-off');
    expect((await shop.submit(ready, { key: 'nothing-is-off' })).status).toBe(201);
    expect(await chargesAt('psp-primary', ready.cart.id)).toHaveLength(1);
  });

  test.each([
    ['payment_method', 'card'],
    ['region', 'GB'],
  ] as const)(
    'is not paid again in a %s that is off since: what ran is asked about',
    async (dimension, value) => {
      const key = `its-${dimension}-is-off`;
      const ready = await abandoned(key);
      await flip(dimension, value);
      const again = await shop.submit(ready, { key });
      expect([again.status, again.body.state]).toEqual([202, 'pending_payment']);
      expect(await attemptsOf(ready.cart.id)).toMatchObject([{ provider: 'psp-primary', state: 'unknown' }]);
    },
  );
});

describe('a dry run', () => {
  test('reports what it would have stopped, and stops nothing', async () => {
    const before = await decisions('payment_method', 'would_stop');
    await flip('payment_method', 'card', 'dry_run');
    const ready = await shop.ready();
    expect((await shop.submit(ready)).status).toBe(201);
    expect(await decisions('payment_method', 'would_stop')).toBe(before! + 1);
    expect(await shop.metric('kill_switch_active{dimension="payment_method"}')).toBe(0);
    await shop.switches.refresh();
    const [counted] = await shop.database.owner`select c.effect, c.decisions from ops.switch_counts c
      join ops.switches s using (activation) where s.value = 'card'`;
    expect(counted).toMatchObject({ effect: 'would_stop', decisions: 1 });
  });

  test('turned on for real it does stop, and counts from 0 again', async () => {
    await flip('payment_method', 'card', 'dry_run');
    await flip('payment_method', 'card');
    const before = await decisions('payment_method', 'stopped');
    expect((await shop.submit(await shop.ready())).status).toBe(409);
    expect(await decisions('payment_method', 'stopped')).toBe(before! + 1);
    expect(await shop.metric('kill_switch_active{dimension="payment_method"}')).toBe(1);
  });
});
