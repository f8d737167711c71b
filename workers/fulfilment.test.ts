// From paid to sent, and the way back, with real PostgreSQL and the real provider lab.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { applyOrderEvent } from '../core/orders/apply-order-event.ts';
import { brokenBooks } from '../core/orders/test-orders.ts';
import { importBooks } from './provider-books.ts';
import { createStrayCharges } from './stray-charges.ts';
import { depsOf, type Fulfilling, passes, startFulfilling } from './test-fulfilment.ts';
import { startTestLab, type TestLab } from './test-parts.ts';

let server: TestServer;
let lab: TestLab;
let at: Fulfilling;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
});
afterAll(async () => {
  await Promise.all([server.stop(), lab.stop()]);
});
beforeEach(async () => {
  at = await startFulfilling(server, lab);
});
afterEach(() => at.close());

describe('a paid order', () => {
  test('is captured, sent in a parcel a location and fulfilled; the provider took its money once', async () => {
    const order = await at.sell();
    await at.runUntil(at.shop, at.isIn(order.orderId, 'fulfilled'));
    expect(await at.parcelsOf(order.orderId)).toEqual(['LON-1 delivered', 'MAN-1 delivered']);
    expect(await at.operationsOf(order.orderId)).toEqual(['capture done']);
    expect(await at.atProvider(order)).toEqual({
      status: 'captured',
      captured_minor: order.amountMinor,
      refunded_minor: 0,
    });
    expect(await brokenBooks(at.database.owner)).toEqual({});
  });

  test('waits until the buyer can no longer change their mind, and while somebody doubts them', async () => {
    const patient = await at.workers({ FULFILMENT_DELAY_MS: '900000' });
    const order = await at.sell();
    await passes(depsOf(patient))();
    expect(await at.operationsOf(order.orderId)).toEqual([]);
    await at.database.owner`insert into orders.fraud_reviews (order_id, score) values (${order.orderId}, 70)`;
    await at.database.owner`update orders.orders set authorized_at = now() - interval '16 minutes'`;
    await passes(depsOf(patient))();
    expect(await at.operationsOf(order.orderId)).toEqual([]);
    await at.database
      .owner`update orders.fraud_reviews set state = 'accepted', decided_at = now(), decided_by = 'a person'`;
    await at.runUntil(patient, at.isIn(order.orderId, 'fulfilled'));
  });

  test('two workers at once capture once and send one parcel a location', async () => {
    const sold = await Promise.all(
      Array.from({ length: 8 }, (_, i) => at.sell(i % 2 ? 'psp-primary' : 'psp-backup')),
    );
    const teams = [passes(depsOf(at.shop)), passes(depsOf(await at.workers()))];
    for (let round = 0; round < 6; round++) await Promise.all(teams.map((pass) => pass()));
    for (const order of sold) {
      expect(await at.shop.stateOf(order.orderId)).toBe('fulfilled');
      expect(await at.parcelsOf(order.orderId)).toEqual(['LON-1 delivered', 'MAN-1 delivered']);
      expect((await at.atProvider(order)).captured_minor).toBe(order.amountMinor);
    }
    expect(await brokenBooks(at.database.owner)).toEqual({});
  });

  test('while the warehouses are full nothing more is captured; a parcel handed over makes room', async () => {
    const full = await at.workers({ CARRIER_HANDOVER: 'manual', FULFILMENT_MAX_OPEN_PARCELS: '2' });
    const [first, second] = [await at.sell(), await at.sell()];
    const pass = passes(depsOf(full));
    for (let round = 0; round < 3; round++) await pass();
    const open = async () => [
      ...(await at.parcelsOf(first!.orderId)),
      ...(await at.parcelsOf(second!.orderId)),
    ];
    expect(await open()).toEqual(['LON-1 picking', 'MAN-1 picking']);
    const [busy, waiting] =
      (await at.parcelsOf(first.orderId)).length > 0 ? [first, second] : [second, first];
    expect(await full.metric('fulfilment_open_parcels')).toBe(2);
    const parcels = await at.database.owner<{ id: string }[]>`select id from orders.shipments`;
    for (const { id } of parcels) {
      const path = `/internal/v1/orders/${busy.orderId}/shipments/${id}/complete`;
      expect((await at.shop.orders.post(path, {})).status).toBe(200);
      expect((await at.shop.orders.post(path, {})).status).toBe(200);
    }
    expect(await at.shop.stateOf(busy.orderId)).toBe('fulfilled');
    for (let round = 0; round < 3; round++) await pass();
    expect(await at.parcelsOf(waiting.orderId)).toEqual(['LON-1 picking', 'MAN-1 picking']);
  });
});

describe('an order that is undone', () => {
  test('before the capture: cancelled, its stock free, its money voided', async () => {
    const order = await at.sell();
    const answer = await at.cancel(order.orderId);
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { state: 'cancelled', cancelled: true },
    ]);
    expect((await at.cancel(order.orderId)).status).toBe(200);
    const deps = depsOf(at.shop);
    for (const access of deps.providers) await importBooks(at.shop.db, access);
    await createStrayCharges(deps)();
    expect(await at.atProvider(order)).toMatchObject({ status: 'voided', captured_minor: 0 });
    expect(await at.reservationsOf(order.orderId)).toEqual(new Set(['voided']));
    await passes(deps)();
    expect(await at.operationsOf(order.orderId)).toEqual([]);
    expect(await brokenBooks(at.database.owner)).toEqual({});
  });

  test.each(['psp-primary', 'psp-backup'] as const)(
    'while nobody knows whether its capture was made (%s): that is found out first, then all of it is refunded',
    async (provider) => {
      const order = await at.sell(provider);
      const hasty = await at.workers({ PAYMENT_TIMEOUT_MS: '150' });
      await lab.fault('cut', {
        ...{ provider, operation: 'capture', mix: [{ position: 'after', share: 1, delay_ms: 400 }] },
      });
      await passes(depsOf(hasty))();
      await lab.endFault('cut');
      expect(await at.operationsOf(order.orderId)).toEqual(['capture unknown']);
      const answer = await at.cancel(order.orderId);
      expect([answer.status, await answer.json()]).toMatchObject([
        202,
        { state: 'authorized', cancelled: false },
      ]);
      await at.runUntil(at.shop, at.isIn(order.orderId, 'refunded'));
      expect(await at.operationsOf(order.orderId)).toEqual(['capture done', 'refund done']);
      expect(await at.atProvider(order)).toMatchObject({
        captured_minor: order.amountMinor,
        refunded_minor: order.amountMinor,
      });
      expect(await at.parcelsOf(order.orderId)).toEqual([]);
      expect(await at.reservationsOf(order.orderId)).toEqual(new Set(['voided']));
      expect(await brokenBooks(at.database.owner)).toEqual({});
    },
  );

  test('a capture that the provider refuses for good ends the order', async () => {
    const order = await at.sell();
    const [primary] = depsOf(at.shop).providers;
    await fetch(`${primary!.baseUrl}/v1/voids`, {
      method: 'POST',
      body: JSON.stringify({ reference: order.attemptId }),
    });
    await at.runUntil(at.shop, at.isIn(order.orderId, 'cancelled'));
    expect(await at.operationsOf(order.orderId)).toEqual(['capture refused']);
    expect(await at.reservationsOf(order.orderId)).toEqual(new Set(['voided']));
  });

  test('captured, and nothing sent for too long: refunded in full', async () => {
    const order = await at.sell();
    const packing = await at.workers({ FULFILMENT_MAX_OPEN_PARCELS: '1', CARRIER_HANDOVER: 'manual' });
    // Its goods were reserved and are gone: no parcel can be made.
    await at.database
      .owner`update orders.reservations set status = 'voided' where order_id = ${order.orderId}`;
    await at.database.owner`update orders.stock set reserved = 0`;
    await at.runUntil(packing, at.isIn(order.orderId, 'captured'));
    await passes(depsOf(packing))();
    expect(await at.shop.stateOf(order.orderId)).toBe('captured');
    const strict = await at.workers({ UNSENT_REFUND_AFTER_MS: '1' });
    await at.runUntil(strict, at.isIn(order.orderId, 'refunded'));
    expect((await at.atProvider(order)).refunded_minor).toBe(order.amountMinor);
    expect(await brokenBooks(at.database.owner)).toEqual({});
  });

  test('captured, refunded in part, and nothing sent for too long: the rest is refunded too', async () => {
    const order = await at.sell();
    await at.database
      .owner`update orders.reservations set status = 'voided' where order_id = ${order.orderId}`;
    await at.database.owner`update orders.stock set reserved = 0`;
    await at.runUntil(at.shop, at.isIn(order.orderId, 'captured'));
    const path = `/internal/v1/orders/${order.orderId}/refunds`;
    const asked = { reason: 'goodwill', amount_minor: 100 };
    expect((await at.shop.orders.post(path, asked, undefined, { 'idempotency-key': 'k' })).status).toBe(202);
    await at.runUntil(at.shop, at.isIn(order.orderId, 'partially_refunded'));
    const strict = await at.workers({ UNSENT_REFUND_AFTER_MS: '1' });
    await at.runUntil(strict, at.isIn(order.orderId, 'refunded'));
    expect(await at.operationsOf(order.orderId)).toEqual(['capture done', 'refund done', 'refund done']);
    expect((await at.atProvider(order)).refunded_minor).toBe(order.amountMinor);
    expect(await brokenBooks(at.database.owner)).toEqual({});
  });

  test('whom a person refused, whose refusal was never told: cancelled before the capture', async () => {
    const order = await at.sell();
    await at.database.owner`insert into orders.fraud_reviews (order_id, score, state, decided_at, decided_by)
      values (${order.orderId}, 90, 'rejected', now(), 'a person')`;
    await at.runUntil(at.shop, at.isIn(order.orderId, 'cancelled'));
    expect(await at.operationsOf(order.orderId)).toEqual([]);
    expect(await at.reservationsOf(order.orderId)).toEqual(new Set(['voided']));
  });

  test('a refund that the provider refuses for good is a person’s, and is not asked for again', async () => {
    const order = await at.sell();
    await at.runUntil(at.shop, at.isIn(order.orderId, 'fulfilled'));
    const access = depsOf(at.shop).providers.find((each) => each.provider === order.provider)!;
    const body = { reference: order.attemptId, amount_minor: order.amountMinor, currency: 'GBP' };
    // Somebody gave it back at the provider's own desk, and the shop was not told.
    await fetch(`${access.baseUrl}/v1/refunds`, {
      method: 'POST',
      headers: { 'idempotency-key': 'at-the-desk' },
      body: JSON.stringify(body),
    });
    const path = `/internal/v1/orders/${order.orderId}/refunds`;
    const asked = { reason: 'goodwill' };
    expect((await at.shop.orders.post(path, asked, undefined, { 'idempotency-key': 'k' })).status).toBe(202);
    for (let round = 0; round < 3; round++) {
      await at.later();
      await passes(depsOf(at.shop))();
    }
    expect(await at.operationsOf(order.orderId)).toEqual(['capture done', 'refund refused']);
    expect(await at.shop.stateOf(order.orderId)).toBe('fulfilled');
    const noted = await at.database.owner`select class from orders.discrepancies where resolved_at is null`;
    expect(noted.map((row) => row.class)).toEqual(['refund_refused']);
    expect((await at.atProvider(order)).refunded_minor).toBe(order.amountMinor);
  });

  test('a capture that the cancellation overtook is given back once, by two workers that see it at the same moment', async () => {
    const order = await at.sell('psp-backup');
    await at.cancel(order.orderId);
    const primary = depsOf(at.shop).providers.find((each) => each.provider === order.provider)!;
    const body = { reference: order.attemptId, amount_minor: order.amountMinor, currency: 'GBP' };
    await fetch(`${primary.baseUrl}/v1/captures`, {
      method: 'POST',
      headers: { 'idempotency-key': 'by-hand' },
      body: JSON.stringify(body),
    });
    await applyOrderEvent(at.shop.db, at.shop.instruments, order.orderId, {
      ...{ type: 'payment.captured', event_id: 'told', operation_id: 'by-hand' },
      ...{ attempt_id: order.attemptId, amount_minor: order.amountMinor },
    });
    const teams = [passes(depsOf(at.shop)), passes(depsOf(await at.workers()))];
    for (let round = 0; round < 3; round++) await Promise.all(teams.map((pass) => pass()));
    expect(await at.operationsOf(order.orderId)).toEqual(['refund done']);
    expect(await at.atProvider(order)).toMatchObject({ refunded_minor: order.amountMinor });
    expect(await at.shop.stateOf(order.orderId)).toBe('cancelled');
    expect(await brokenBooks(at.database.owner)).toEqual({});
  });
});
