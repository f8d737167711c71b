// Submitting an order, by the front door, with a real database, the real orders service and the real lab.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../db/test-database.ts';
import { applyPaymentEvent } from '../orders/apply-event.ts';
import { paymentEventOf } from '../orders/test-orders.ts';
import { providerAccess, voidByReference } from '../payment/books.ts';
import { startTestLab, type TestLab } from '../payment/test-lab.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { submissionOutcomes } from '../telemetry/metrics/checkout.ts';
import { regions } from '../telemetry/metrics/region.ts';
import { lamp, mug, startTestShop, type TestShop, type Told } from './test-shop.ts';

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
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.close()]);
});

const problemOf = (told: Told) => String(told.body.type).split(':').at(-1);
/** Charges that stand, at whatever provider, for the orders of one cart. */
async function chargesFor(cartId: string) {
  const orders = await shop.database.owner<{ public_id: string }[]>`
    select public_id from orders.orders where checkout_id = ${cartId}`;
  const ids = new Set(orders.map((order) => order.public_id));
  const all = await Promise.all([lab.charges('psp-primary'), lab.charges('psp-backup')]);
  return all.flat().filter((charge) => ids.has(charge.order) && charge.status === 'approved');
}
async function stateOf(cartId: string) {
  const rows = await shop.database.owner<{ state: string }[]>`
    select state from orders.orders where checkout_id = ${cartId}`;
  return rows.map((row) => row.state);
}
const countedIn = (outcome: string, region: string) =>
  shop.metric(`checkout_submissions_total{outcome="${outcome}",region="${region}"}`);
async function counted() {
  const counts = submissionOutcomes.map(async (outcome) => {
    const all = await Promise.all(regions.map((region) => countedIn(outcome, region)));
    return [outcome, all.reduce<number>((total, count) => total + count!, 0)] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

describe('a submission', () => {
  test('of a good card is placed, charged once for the quoted total, and can be looked up', async () => {
    const ready = await shop.ready([
      { sku: mug.sku, quantity: 2 },
      { sku: lamp.sku, quantity: 1 },
    ]);
    expect(ready.quote.subtotal_minor).toBe(2 * mug.price_minor + lamp.price_minor);
    const told = await shop.submit(ready);
    expect(told.status).toBe(201);
    expect(told.body).toMatchObject({
      state: 'authorized',
      total_minor: ready.quote.total_minor,
      currency: 'GBP',
    });
    expect((await chargesFor(ready.cart.id)).map((c) => c.amount_minor)).toEqual([ready.quote.total_minor]);
    const looked = await shop.request('GET', `/v1/orders/${told.body.order_id}`);
    expect(looked.body).toMatchObject({ order_id: told.body.order_id, state: 'authorized' });
  });

  test('of a bad card is declined, and the same cart may be ordered with a better one', async () => {
    const ready = await shop.ready();
    const told = await shop.submit(ready, { token: 'tok_decline_1' });
    expect([told.status, problemOf(told)]).toEqual([402, 'declined']);
    expect(await stateOf(ready.cart.id)).toEqual(['cancelled']);
    expect((await shop.submit(ready)).status).toBe(201);
    expect(await chargesFor(ready.cart.id)).toHaveLength(1);
  });

  test('for more than is left is sold out, named by SKU, and charges nothing', async () => {
    await shop.database.stock(lamp.sku, 3);
    const ready = await shop.ready([{ sku: lamp.sku, quantity: 4 }]);
    const told = await shop.submit(ready);
    expect([told.status, problemOf(told), told.body.detail]).toEqual([409, 'sold_out', lamp.sku]);
    expect(await chargesFor(ready.cart.id)).toEqual([]);
    await shop.database.stock(lamp.sku, 10_000);
    expect((await shop.submit(ready)).status).toBe(201);
  });

  test('is counted once with its outcome and its duration, whatever the outcome', async () => {
    const before = await counted();
    await shop.submit(await shop.ready());
    await shop.submit(await shop.ready(), { token: 'tok_decline_1' });
    await shop.request('POST', '/v1/orders', '{', { 'idempotency-key': 'k' });
    await shop.request('POST', '/v1/orders', {}, {});
    const after = await counted();
    const grown = Object.fromEntries(Object.entries(after).map(([o, n]) => [o, n - before[o]!]));
    expect(grown).toMatchObject({ placed: 1, declined: 1, invalid: 2, error: 0 });
    for (const outcome of ['placed', 'declined', 'invalid'])
      expect(await shop.metric(`checkout_submission_duration_seconds_count{outcome="${outcome}"}`)).toBe(
        after[outcome],
      );
  });

  test('is counted in the market of its cart; one of the long tail, and one without a cart, is elsewhere', async () => {
    const seen = async () => [
      await countedIn('placed', 'DE'),
      await countedIn('placed', 'other'),
      await countedIn('invalid', 'other'),
    ];
    const before = await seen();
    await shop.submit(await shop.ready(undefined, 'DE'));
    await shop.submit(await shop.ready(undefined, 'NO'));
    await shop.submit({ ...(await shop.ready()), quote: (await shop.ready()).quote });
    const after = await seen();
    expect(after.map((count, at) => count! - before[at]!)).toEqual([1, 1, 1]);
  });
});

describe('a retried submission', () => {
  test('with the same key charges once and gets the same answer again', async () => {
    const ready = await shop.ready();
    const key = randomUUID();
    const first = await shop.submit(ready, { key });
    const second = await shop.submit(ready, { key });
    expect(second.body).toEqual(first.body);
    expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(await chargesFor(ready.cart.id)).toHaveLength(1);
  });

  test('twenty times at once makes one order and one charge; the others wait or hear the same', async () => {
    const ready = await shop.ready();
    const key = randomUUID();
    const all = await Promise.all(Array.from({ length: 20 }, () => shop.submit(ready, { key })));
    const placed = all.filter((told) => told.status === 201);
    expect(placed.length).toBeGreaterThan(0);
    expect(new Set(placed.map((told) => told.body.order_id)).size).toBe(1);
    for (const told of all.filter((each) => each.status !== 201)) {
      expect([told.status, problemOf(told)]).toEqual([409, 'in_flight']);
      expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await chargesFor(ready.cart.id)).toHaveLength(1);
  });

  test('with another key for the same cart is told of the order, and not charged again', async () => {
    const ready = await shop.ready();
    const first = await shop.submit(ready);
    const second = await shop.submit(ready);
    expect([second.status, problemOf(second), second.body.order_id]).toEqual([
      409,
      'already_ordered',
      first.body.order_id,
    ]);
    expect(await chargesFor(ready.cart.id)).toHaveLength(1);
  });

  test('with the same key and another body is refused', async () => {
    const ready = await shop.ready();
    const key = randomUUID();
    await shop.submit(ready, { key });
    const told = await shop.submit(ready, { key, token: 'tok_ok_2' });
    expect([told.status, problemOf(told)]).toEqual([422, 'key_reused']);
  });

  test('after its quote expired still hears how its first try ended; a new one is told to quote again', async () => {
    const ready = await shop.ready();
    const key = randomUUID();
    const first = await shop.submit(ready, { key });
    const other = await shop.ready();
    await shop.database.owner`update checkout.quotes set expires_at = now() - interval '1 second'`;
    expect((await shop.submit(ready, { key })).body).toEqual(first.body);
    const told = await shop.submit(other);
    expect([told.status, problemOf(told)]).toEqual([409, 'quote_expired']);
    expect(await stateOf(other.cart.id)).toEqual([]);
  });

  test('after its cart changed still hears how its first try ended', async () => {
    const ready = await shop.ready();
    const key = randomUUID();
    const first = await shop.submit(ready, { key, token: 'tok_decline_1' });
    await shop.request('POST', `/v1/carts/${ready.cart.id}/lines`, { sku: lamp.sku, quantity: 1 });
    const again = await shop.submit(ready, { key, token: 'tok_decline_1' });
    expect([again.status, again.body]).toEqual([402, first.body]);
  });

  test('after the first caller died goes on with the same attempt and charges once', async () => {
    const quick = await startTestShop(server, lab, { SUBMISSION_DEADLINE_MS: '1500' });
    const ready = await quick.ready();
    const key = randomUUID();
    quick.cut('/events', 'before');
    expect((await quick.submit(ready, { key })).status).toBe(202);
    quick.mend();
    const again = await vi.waitUntil(
      async () => {
        const told = await quick.submit(ready, { key });
        return told.status === 409 ? null : told;
      },
      { timeout: 10_000, interval: 200 },
    );
    expect([again.status, again.body.state]).toEqual([201, 'authorized']);
    const mine = (await lab.charges('psp-primary')).filter((charge) => charge.order === again.body.order_id);
    expect(mine).toHaveLength(1);
    await quick.close();
  });
});

describe('a submission resumed while reconciliation ends its order', () => {
  test('is told how it ended, not to wait for a payment that will never be', async () => {
    const quick = await startTestShop(server, lab, {
      SUBMISSION_DEADLINE_MS: '2500',
      PAYMENT_TIMEOUT_MS: '2000',
    });
    const ready = await quick.ready();
    const key = randomUUID();
    // The first caller heard nothing, and told nothing.
    await lab.fault('psp-primary', 'authorize', 'error');
    quick.cut('/events', 'before');
    await quick.submit(ready, { key });
    quick.mend();
    const { owner } = quick.database;
    const [attempt] = await owner<{ id: string; order_id: string }[]>`
      select id, order_id from orders.payment_attempts`;
    const instruments = createInstruments('orders');
    const [primary] = providerAccess(lab.config(), createInstruments('workers'));
    await voidByReference(primary!, attempt!.id);
    await lab.fault('psp-primary', 'authorize', 'slow', 1_000);
    await owner`update orders.idempotency_keys set locked_at = now() - interval '10 seconds'`;
    const resumed = quick.submit(ready, { key });
    await vi.waitUntil(
      async () =>
        (await owner`select 1 from orders.idempotency_keys where locked_at > now() - interval '5 seconds'`)
          .length === 1,
      { timeout: 5_000, interval: 20 },
    );
    await applyPaymentEvent(
      quick.database.open('orders'),
      instruments,
      attempt!.order_id,
      paymentEventOf(attempt!.id, 'payment.voided'),
    );
    const told = await resumed;
    expect([told.status, problemOf(told)]).toEqual([402, 'declined']);
    expect((await quick.submit(ready, { key })).body).toEqual(told.body);
    await quick.close();
  });
});

describe('a quote', () => {
  test('holds for one version of the cart only', async () => {
    const ready = await shop.ready();
    await shop.request('POST', `/v1/carts/${ready.cart.id}/lines`, { sku: lamp.sku, quantity: 1 });
    const told = await shop.submit(ready);
    expect([told.status, problemOf(told)]).toEqual([409, 'cart_changed']);
  });

  test('does not hold for a line whose price was changed behind its back', async () => {
    const ready = await shop.ready();
    await shop.database
      .owner`update checkout.cart_lines set unit_price_minor = 1 where cart_id = ${ready.cart.id}`;
    const told = await shop.submit(ready);
    expect([told.status, problemOf(told)]).toEqual([409, 'price_changed']);
    expect(await stateOf(ready.cart.id)).toEqual([]);
  });

  test('of another cart is not a quote', async () => {
    const [one, other] = [await shop.ready(), await shop.ready()];
    const told = await shop.submit({ cart: one.cart, quote: other.quote });
    expect([told.status, problemOf(told)]).toEqual([422, 'unknown_quote']);
  });
});

describe('under load', () => {
  test('the 201st concurrent submission is told to come back, the 200 before it are not', async () => {
    const full = await startTestShop(server, lab);
    const ready = await full.ready();
    const all = await Promise.all(Array.from({ length: 201 }, () => full.submit(ready)));
    // How the 200 fare is the machine's matter: a slow one may let some run out of time, but turns none away.
    const turnedAway = all.filter((told) => told.status >= 400 && problemOf(told) === 'overloaded');
    expect(turnedAway.map((told) => [told.status, told.headers.get('retry-after')])).toEqual([[503, '2']]);
    expect(await full.metric('checkout_submissions_total{outcome="overloaded",region="other"}')).toBe(1);
    expect(problemOf(await full.submit(await full.ready()))).not.toBe('overloaded');
    await full.close();
  });
});

describe('the door', () => {
  test('no key is 400 and names the header; a bad field is 422 and named; broken JSON is 400', async () => {
    const bare = await shop.request('POST', '/v1/orders', {});
    expect([bare.status, bare.body.detail]).toEqual([400, 'The Idempotency-Key header is required.']);
    const bad = await shop.request('POST', '/v1/orders', { cart_id: 'c' }, { 'idempotency-key': 'k' });
    expect(bad.status).toBe(422);
    expect(bad.body.detail).toMatch(/quote_id.*payment/);
    expect((await shop.request('POST', '/v1/orders', '{', { 'idempotency-key': 'k' })).status).toBe(400);
  });

  test('an order nobody placed is 404, and orders being away is 503', async () => {
    expect((await shop.request('GET', '/v1/orders/ord_nobody')).status).toBe(404);
    shop.cut('ord_nobody', 'before');
    expect((await shop.request('GET', '/v1/orders/ord_nobody')).status).toBe(503);
  });
});
