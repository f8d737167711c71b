// From paid to sent, and the way back, with real PostgreSQL and the real provider lab; workers die between any two steps.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../core/db/client.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../core/db/test-database.ts';
import { applyOrderEvent } from '../core/orders/apply-order-event.ts';
import { brokenBooks, paymentEventOf, submission } from '../core/orders/test-orders.ts';
import { providerAccess } from '../core/payment/books.ts';
import type { Provider } from '../core/telemetry/metrics/payment.ts';
import { createCompensations } from './compensations.ts';
import { createFulfilment, type FulfilmentDeps } from './fulfilment.ts';
import { importBooks } from './provider-books.ts';
import { createStrayCharges } from './stray-charges.ts';
import { startTestLab, type TestLab } from './test-parts.ts';
import { type TestShop, testShop } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let database: TestDatabase;
let shop: TestShop;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
});
afterAll(async () => {
  await Promise.all([server.stop(), lab.stop()]);
});
const opened: TestShop[] = [];
/** Workers of the shop, with settings of their own. */
const workers = async (more: Record<string, string> = {}): Promise<TestShop> => {
  const made = await testShop(database, {
    lab,
    // What is not found at a provider is final at once: no test waits for a call that may still arrive.
    more: { FULFILMENT_DELAY_MS: '0', UNKNOWN_VOID_AFTER_MS: '1', ...more },
  });
  opened.push(made);
  return made;
};
beforeEach(async () => {
  database = await server.fresh();
  await database.owner`insert into orders.locations (id, country, zone) values ('MAN-1', 'GB', 'europe')`;
  await database.stock('BBBB2222', 1_000, 'MAN-1');
  shop = await workers();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

interface Sold {
  readonly orderId: string;
  readonly attemptId: string;
  readonly amountMinor: number;
  readonly provider: Provider;
}
/** A paid order of two articles at two locations, its money held at the lab. */
async function sell(provider: Provider = 'psp-primary'): Promise<Sold> {
  const lines = ['AAAA1111', 'BBBB2222'].map((sku) => ({ sku, quantity: 1, unit_price_minor: 500 }));
  const order = { ...submission({ lines }), payment: { method: 'card', provider } };
  const answer = await shop.orders.place(order as ReturnType<typeof submission>);
  if (answer.kind !== 'placed') throw new Error(answer.kind);
  const { order_id: orderId, attempt } = answer;
  const { id: attemptId, amount_minor: amountMinor } = attempt;
  await lab.authorize({ reference: attemptId, order: orderId, amount_minor: amountMinor, provider });
  await shop.orders.event(orderId, paymentEventOf(attemptId, 'payment.authorized'));
  return { orderId, attemptId, amountMinor, provider };
}

const depsOf = (of: TestShop): FulfilmentDeps => ({
  ...{ db: of.db, instruments: of.instruments, log: of.log, config: of.config },
  providers: providerAccess(of.config, of.instruments),
});
const passes = (deps: FulfilmentDeps) => {
  const fulfil = createFulfilment(deps);
  const compensate = createCompensations(deps);
  return async () => [await fulfil(), await compensate()];
};
/** Claims run out, pauses are over: nobody waits a minute for a dead worker. */
const later = () =>
  database.owner`update orders.payment_operations set next_try_at = now() - interval '1 second'`;
async function runUntil(of: TestShop, done: () => Promise<boolean>): Promise<void> {
  const pass = passes(depsOf(of));
  for (let round = 0; round < 12; round++) {
    await later();
    await pass();
    if (await done()) return;
  }
  throw new Error('twelve passes did not end it');
}
const isIn = (orderId: string, state: string) => async () => (await shop.stateOf(orderId)) === state;

interface Booked {
  readonly reference: string;
  readonly status: string;
  readonly captured_minor: number;
  readonly refunded_minor: number;
}
async function atProvider({ provider, attemptId }: Sold) {
  const { charges } = (await lab.books(provider)) as { charges: Booked[] };
  const { status, captured_minor, refunded_minor } = charges.find((each) => each.reference === attemptId)!;
  return { status, captured_minor, refunded_minor };
}
const operationsOf = async (orderId: string) =>
  (
    await database.owner`select kind, state from orders.payment_operations where order_id = ${orderId} order by requested_at`
  ).map(({ kind, state }) => `${kind} ${state}`);
const parcelsOf = async (orderId: string) =>
  (
    await database.owner`select location_id, status from orders.shipments where order_id = ${orderId} order by location_id`
  ).map(({ location_id, status }) => `${location_id} ${status}`);
const reservationsOf = async (orderId: string) =>
  new Set(
    (await database.owner`select status from orders.reservations where order_id = ${orderId}`).map(
      (r) => r.status,
    ),
  );
const cancel = (orderId: string, key = 'a-key') =>
  shop.orders.post(`/internal/v1/orders/${orderId}/cancel`, { reason: 'changed_mind' }, undefined, {
    'idempotency-key': key,
  });

describe('a paid order', () => {
  test('is captured, sent in a parcel a location and fulfilled; the provider took its money once', async () => {
    const order = await sell();
    await runUntil(shop, isIn(order.orderId, 'fulfilled'));
    expect(await parcelsOf(order.orderId)).toEqual(['LON-1 delivered', 'MAN-1 delivered']);
    expect(await operationsOf(order.orderId)).toEqual(['capture done']);
    expect(await atProvider(order)).toEqual({
      status: 'captured',
      captured_minor: order.amountMinor,
      refunded_minor: 0,
    });
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('waits until the buyer can no longer change their mind, and while somebody doubts them', async () => {
    const patient = await workers({ FULFILMENT_DELAY_MS: '900000' });
    const order = await sell();
    await passes(depsOf(patient))();
    expect(await operationsOf(order.orderId)).toEqual([]);
    await database.owner`insert into orders.fraud_reviews (order_id, score) values (${order.orderId}, 70)`;
    await database.owner`update orders.orders set authorized_at = now() - interval '16 minutes'`;
    await passes(depsOf(patient))();
    expect(await operationsOf(order.orderId)).toEqual([]);
    await database.owner`update orders.fraud_reviews set state = 'accepted', decided_at = now(), decided_by = 'a person'`;
    await runUntil(patient, isIn(order.orderId, 'fulfilled'));
  });

  test('two workers at once capture once and send one parcel a location', async () => {
    const sold = await Promise.all(
      Array.from({ length: 8 }, (_, i) => sell(i % 2 ? 'psp-primary' : 'psp-backup')),
    );
    const teams = [passes(depsOf(shop)), passes(depsOf(await workers()))];
    for (let round = 0; round < 6; round++) await Promise.all(teams.map((pass) => pass()));
    for (const order of sold) {
      expect(await shop.stateOf(order.orderId)).toBe('fulfilled');
      expect(await parcelsOf(order.orderId)).toEqual(['LON-1 delivered', 'MAN-1 delivered']);
      expect((await atProvider(order)).captured_minor).toBe(order.amountMinor);
    }
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('while the warehouses are full nothing more is captured; a parcel handed over makes room', async () => {
    const full = await workers({ CARRIER_HANDOVER: 'manual', FULFILMENT_MAX_OPEN_PARCELS: '2' });
    const [first, second] = [await sell(), await sell()];
    const pass = passes(depsOf(full));
    for (let round = 0; round < 3; round++) await pass();
    const open = async () => [...(await parcelsOf(first!.orderId)), ...(await parcelsOf(second!.orderId))];
    expect(await open()).toEqual(['LON-1 picking', 'MAN-1 picking']);
    const [busy, waiting] = (await parcelsOf(first.orderId)).length > 0 ? [first, second] : [second, first];
    expect(await full.metric('fulfilment_open_parcels')).toBe(2);
    const parcels = await database.owner<{ id: string }[]>`select id from orders.shipments`;
    for (const { id } of parcels) {
      const path = `/internal/v1/orders/${busy.orderId}/shipments/${id}/complete`;
      expect((await shop.orders.post(path, {})).status).toBe(200);
      expect((await shop.orders.post(path, {})).status).toBe(200);
    }
    expect(await shop.stateOf(busy.orderId)).toBe('fulfilled');
    for (let round = 0; round < 3; round++) await pass();
    expect(await parcelsOf(waiting.orderId)).toEqual(['LON-1 picking', 'MAN-1 picking']);
  });
});

describe('an order that is undone', () => {
  test('before the capture: cancelled, its stock free, its money voided', async () => {
    const order = await sell();
    const answer = await cancel(order.orderId);
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { state: 'cancelled', cancelled: true },
    ]);
    expect((await cancel(order.orderId)).status).toBe(200);
    const deps = depsOf(shop);
    for (const access of deps.providers) await importBooks(shop.db, access);
    await createStrayCharges(deps)();
    expect(await atProvider(order)).toMatchObject({ status: 'voided', captured_minor: 0 });
    expect(await reservationsOf(order.orderId)).toEqual(new Set(['voided']));
    await passes(deps)();
    expect(await operationsOf(order.orderId)).toEqual([]);
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test.each(['psp-primary', 'psp-backup'] as const)(
    'while nobody knows whether its capture was made (%s): that is found out first, then all of it is refunded',
    async (provider) => {
      const order = await sell(provider);
      const hasty = await workers({ PAYMENT_TIMEOUT_MS: '150' });
      await lab.fault('cut', {
        ...{ provider, operation: 'capture', mix: [{ position: 'after', share: 1, delay_ms: 400 }] },
      });
      await passes(depsOf(hasty))();
      await lab.endFault('cut');
      expect(await operationsOf(order.orderId)).toEqual(['capture unknown']);
      const answer = await cancel(order.orderId);
      expect([answer.status, await answer.json()]).toMatchObject([
        202,
        { state: 'authorized', cancelled: false },
      ]);
      await runUntil(shop, isIn(order.orderId, 'refunded'));
      expect(await operationsOf(order.orderId)).toEqual(['capture done', 'refund done']);
      expect(await atProvider(order)).toMatchObject({
        captured_minor: order.amountMinor,
        refunded_minor: order.amountMinor,
      });
      expect(await parcelsOf(order.orderId)).toEqual([]);
      expect(await reservationsOf(order.orderId)).toEqual(new Set(['voided']));
      expect(await brokenBooks(database.owner)).toEqual({});
    },
  );

  test('a capture that the provider refuses for good ends the order', async () => {
    const order = await sell();
    const [primary] = depsOf(shop).providers;
    await fetch(`${primary!.baseUrl}/v1/voids`, {
      method: 'POST',
      body: JSON.stringify({ reference: order.attemptId }),
    });
    await runUntil(shop, isIn(order.orderId, 'cancelled'));
    expect(await operationsOf(order.orderId)).toEqual(['capture refused']);
    expect(await reservationsOf(order.orderId)).toEqual(new Set(['voided']));
  });

  test('captured, and nothing sent for too long: refunded in full', async () => {
    const order = await sell();
    const packing = await workers({ FULFILMENT_MAX_OPEN_PARCELS: '1', CARRIER_HANDOVER: 'manual' });
    // Its goods were reserved and are gone: no parcel can be made.
    await database.owner`update orders.reservations set status = 'voided' where order_id = ${order.orderId}`;
    await database.owner`update orders.stock set reserved = 0`;
    await runUntil(packing, isIn(order.orderId, 'captured'));
    await passes(depsOf(packing))();
    expect(await shop.stateOf(order.orderId)).toBe('captured');
    const strict = await workers({ UNSENT_REFUND_AFTER_MS: '1' });
    await runUntil(strict, isIn(order.orderId, 'refunded'));
    expect((await atProvider(order)).refunded_minor).toBe(order.amountMinor);
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('captured, refunded in part, and nothing sent for too long: the rest is refunded too', async () => {
    const order = await sell();
    await database.owner`update orders.reservations set status = 'voided' where order_id = ${order.orderId}`;
    await database.owner`update orders.stock set reserved = 0`;
    await runUntil(shop, isIn(order.orderId, 'captured'));
    const path = `/internal/v1/orders/${order.orderId}/refunds`;
    const asked = { reason: 'goodwill', amount_minor: 100 };
    expect((await shop.orders.post(path, asked, undefined, { 'idempotency-key': 'k' })).status).toBe(202);
    await runUntil(shop, isIn(order.orderId, 'partially_refunded'));
    const strict = await workers({ UNSENT_REFUND_AFTER_MS: '1' });
    await runUntil(strict, isIn(order.orderId, 'refunded'));
    expect(await operationsOf(order.orderId)).toEqual(['capture done', 'refund done', 'refund done']);
    expect((await atProvider(order)).refunded_minor).toBe(order.amountMinor);
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('whom a person refused, whose refusal was never told: cancelled before the capture', async () => {
    const order = await sell();
    await database.owner`insert into orders.fraud_reviews (order_id, score, state, decided_at, decided_by)
      values (${order.orderId}, 90, 'rejected', now(), 'a person')`;
    await runUntil(shop, isIn(order.orderId, 'cancelled'));
    expect(await operationsOf(order.orderId)).toEqual([]);
    expect(await reservationsOf(order.orderId)).toEqual(new Set(['voided']));
  });

  test('a refund that the provider refuses for good is a person’s, and is not asked for again', async () => {
    const order = await sell();
    await runUntil(shop, isIn(order.orderId, 'fulfilled'));
    const access = depsOf(shop).providers.find((each) => each.provider === order.provider)!;
    const body = { reference: order.attemptId, amount_minor: order.amountMinor, currency: 'GBP' };
    // Somebody gave it back at the provider's own desk, and the shop was not told.
    await fetch(`${access.baseUrl}/v1/refunds`, {
      method: 'POST',
      headers: { 'idempotency-key': 'at-the-desk' },
      body: JSON.stringify(body),
    });
    const path = `/internal/v1/orders/${order.orderId}/refunds`;
    const asked = { reason: 'goodwill' };
    expect((await shop.orders.post(path, asked, undefined, { 'idempotency-key': 'k' })).status).toBe(202);
    for (let round = 0; round < 3; round++) {
      await later();
      await passes(depsOf(shop))();
    }
    expect(await operationsOf(order.orderId)).toEqual(['capture done', 'refund refused']);
    expect(await shop.stateOf(order.orderId)).toBe('fulfilled');
    const noted = await database.owner`select class from orders.discrepancies where resolved_at is null`;
    expect(noted.map((row) => row.class)).toEqual(['refund_refused']);
    expect((await atProvider(order)).refunded_minor).toBe(order.amountMinor);
  });

  test('a capture that the cancellation overtook is given back once, by two workers that see it at the same moment', async () => {
    const order = await sell('psp-backup');
    await cancel(order.orderId);
    const primary = depsOf(shop).providers.find((each) => each.provider === order.provider)!;
    const body = { reference: order.attemptId, amount_minor: order.amountMinor, currency: 'GBP' };
    await fetch(`${primary.baseUrl}/v1/captures`, {
      method: 'POST',
      headers: { 'idempotency-key': 'by-hand' },
      body: JSON.stringify(body),
    });
    await applyOrderEvent(shop.db, shop.instruments, order.orderId, {
      ...{ type: 'payment.captured', event_id: 'told', operation_id: 'by-hand' },
      ...{ attempt_id: order.attemptId, amount_minor: order.amountMinor },
    });
    const teams = [passes(depsOf(shop)), passes(depsOf(await workers()))];
    for (let round = 0; round < 3; round++) await Promise.all(teams.map((pass) => pass()));
    expect(await operationsOf(order.orderId)).toEqual(['refund done']);
    expect(await atProvider(order)).toMatchObject({ refunded_minor: order.amountMinor });
    expect(await shop.stateOf(order.orderId)).toBe('cancelled');
    expect(await brokenBooks(database.owner)).toEqual({});
  });
});

/** The worker's process ends at its nth call to the database: before it is made, or after it and before its answer. */
function dying(db: Database, nth: number, when: 'before' | 'after'): { db: Database; calls: () => number } {
  let calls = 0;
  const mortal = async <T>(work: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls > nth || (calls === nth && when === 'before')) throw new Error('killed');
    const result = await work();
    if (calls >= nth) throw new Error('killed');
    return result;
  };
  return {
    calls: () => calls,
    db: {
      ...db,
      query: (summary, work) => mortal(() => db.query(summary, work)),
      transaction: (summary, work) => mortal(() => db.transaction(summary, work)),
    },
  };
}

describe('a worker that is killed', () => {
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  /** One pass that ends at the nth call; how many calls a whole one makes. */
  async function killedPass(nth: number, when: 'before' | 'after'): Promise<number> {
    const { db, calls } = dying(shop.db, nth, when);
    await passes({ ...depsOf(shop), db, log: silent as never })().catch(() => undefined);
    return calls();
  }

  test.each(['psp-primary', 'psp-backup'] as const)(
    'between any two steps of fulfilment leaves nothing that is not finished, once, by the next one (%s)',
    async (provider) => {
      const whole = await sell(provider);
      const calls = await killedPass(Number.POSITIVE_INFINITY, 'before');
      await runUntil(shop, isIn(whole.orderId, 'fulfilled'));
      expect(calls).toBeGreaterThan(12);
      for (let nth = 1; nth <= calls; nth++) {
        const order = await sell(provider);
        await killedPass(nth, nth % 2 ? 'after' : 'before');
        await runUntil(shop, isIn(order.orderId, 'fulfilled'));
        expect(await parcelsOf(order.orderId)).toEqual(['LON-1 delivered', 'MAN-1 delivered']);
        expect(await operationsOf(order.orderId)).toEqual(['capture done']);
        expect((await atProvider(order)).captured_minor).toBe(order.amountMinor);
      }
      expect(await brokenBooks(database.owner)).toEqual({});
    },
    120_000,
  );

  test('between any two steps of a refund gives the money back once, at a provider that does not know its keys', async () => {
    const undo = async () => {
      const order = await sell('psp-backup');
      await database.owner`update orders.orders set capture_requested_at = now() where public_id = ${order.orderId}`;
      await database.owner`insert into orders.payment_operations (operation_id, order_id, kind, attempt_id, amount_minor, currency, reason)
        values (${`cap:${order.orderId}`}, ${order.orderId}, 'capture', ${order.attemptId}, ${order.amountMinor}, 'GBP', 'test')`;
      await cancel(order.orderId);
      return order;
    };
    const twoPasses = async (nth: number, when: 'before' | 'after') =>
      (await killedPass(nth, when)) + (nth === Number.POSITIVE_INFINITY ? await killedPass(nth, when) : 0);
    const whole = await undo();
    const calls = await twoPasses(Number.POSITIVE_INFINITY, 'before');
    expect(await shop.stateOf(whole.orderId)).toBe('refunded');
    for (let nth = 1; nth <= calls / 2; nth++) {
      const order = await undo();
      // The first pass captures and writes the refund down; the second makes it.
      if (nth % 2) await passes(depsOf(shop))();
      await killedPass(nth, nth % 4 < 2 ? 'after' : 'before');
      await runUntil(shop, isIn(order.orderId, 'refunded'));
      expect(await atProvider(order)).toMatchObject({
        captured_minor: order.amountMinor,
        refunded_minor: order.amountMinor,
      });
    }
    expect(await brokenBooks(database.owner)).toEqual({});
  }, 120_000);

  test('and forgot that it had sent a refund would give the money back twice: the books of the provider show it', async () => {
    const refundHalf = async () => {
      const order = await sell('psp-backup');
      await runUntil(shop, isIn(order.orderId, 'fulfilled'));
      const half = { amount_minor: Math.floor(order.amountMinor / 2), reason: 'goodwill' };
      const path = `/internal/v1/orders/${order.orderId}/refunds`;
      const asked = await shop.orders.post(path, half, undefined, { 'idempotency-key': 'k' });
      expect(asked.status).toBe(202);
      return { order, half: half.amount_minor };
    };
    const diesAfterRefund = async () => {
      const refused = { ...shop.db, query: refusing(shop.db) };
      await passes({ ...depsOf(shop), db: refused, log: silent as never })().catch(() => undefined);
    };
    const kept = await refundHalf();
    await diesAfterRefund();
    expect((await atProvider(kept.order)).refunded_minor).toBe(kept.half);
    await runUntil(shop, isIn(kept.order.orderId, 'partially_refunded'));
    expect((await atProvider(kept.order)).refunded_minor).toBe(kept.half);

    const forgotten = await refundHalf();
    await diesAfterRefund();
    await database.owner`update orders.payment_operations set last_sent_at = null`;
    await runUntil(shop, isIn(forgotten.order.orderId, 'partially_refunded'));
    expect((await atProvider(forgotten.order)).refunded_minor).toBe(2 * forgotten.half);
  });

  /** Dies when it looks at an order to tell it what the provider did. */
  const refusing =
    (db: Database): Database['query'] =>
    (summary, work) =>
      summary === 'look at order' ? Promise.reject(new Error('killed')) : db.query(summary, work);
});
