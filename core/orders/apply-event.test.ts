import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PaymentEvent } from '../contracts/orders-api.ts';
import type { Database } from '../db/client.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { createInstruments, type Instruments } from '../telemetry/instruments.ts';
import { abandonedOrders } from './abandoned.ts';
import { applyPaymentEvent } from './apply-event.ts';
import { attemptStateAfter } from './payment-effect.ts';
import { brokenBooks, ordersInstance, paymentEventOf, submission, type TestOrders } from './test-orders.ts';

let server: TestServer;
let database: TestDatabase;
let orders: TestOrders;
let workers: Database;
let instruments: Instruments;
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  orders = ordersInstance(database);
  workers = database.open('workers');
  instruments = createInstruments('workers');
  await database.stock('AAAA1111', 1_000_000);
});
afterAll(() => server.stop());

const placed = async () => {
  const answer = await orders.place(submission());
  if (answer.kind !== 'placed') throw new Error(answer.kind);
  return answer;
};
const told = { answer: { status: 201, body: { said: 'placed' } } };
const ledger = async (orderId: string) =>
  (await database.owner`select kind from orders.payment_ledger where order_id = ${orderId} order by id`).map(
    (row) => row.kind,
  );
const countOrders = async () => (await database.owner`select count(*) as n from orders.orders`)[0]!.n;
const discrepancies = (attemptId: string) =>
  database.owner`select class, resolved_at is null as open from orders.discrepancies where reference = ${attemptId}`;
const outbox = (orderId: string) =>
  database.owner`select type, payload, correlation_id, deadline_at > now() as due from orders.outbox where order_id = ${orderId}`;

describe('a payment decision', () => {
  test('approved: order, attempt, ledger, answer and event are stored together, and measured', async () => {
    const { order_id, attempt } = await placed();
    const event = paymentEventOf(attempt.id, 'payment.authorized', { ...told, provider_reference: 'psp_1' });
    expect(await orders.event(order_id, event)).toEqual({ kind: 'applied', state: 'authorized' });
    expect(await ledger(order_id)).toEqual(['authorized']);
    expect(await outbox(order_id)).toMatchObject([
      { type: 'order.authorized', payload: { version: 1, order_id }, correlation_id: order_id, due: true },
    ]);
    const metrics = await orders.metrics();
    expect(metrics).toContain('order_transitions_total{to="authorized"} 1');
    expect(metrics).toContain('order_confirmation_duration_seconds_count 1');
  });

  test.each(['payment.declined', 'payment.unavailable', 'payment.voided'] as const)(
    '%s: the order is cancelled, its stock goes back, the cart may be ordered again',
    async (type) => {
      const checkout = `cart_again_${type}`;
      const first = await orders.place(submission({ checkout }));
      if (first.kind !== 'placed') throw new Error(first.kind);
      const event = paymentEventOf(first.attempt.id, type, told);
      expect(await orders.event(first.order_id, event)).toEqual({ kind: 'applied', state: 'cancelled' });
      expect(await ledger(first.order_id)).toEqual([]);
      expect((await orders.place(submission({ checkout }))).kind).toBe('placed');
      expect(await brokenBooks(database.owner)).toEqual({});
    },
  );

  test('unknown: the order stays pending, keeps its stock, and reconciliation is shown it', async () => {
    const { order_id, attempt } = await placed();
    const event = paymentEventOf(attempt.id, 'payment.unknown', told);
    expect(await orders.event(order_id, event)).toEqual({ kind: 'applied', state: 'pending_payment' });
    expect(await orders.metrics()).toContain(
      `order_transitions_total{to="pending_payment"} ${await countOrders()}`,
    );
    const shown = await abandonedOrders(workers, { startedBeforeMs: 60_000, limit: 100 });
    expect(shown).toMatchObject([{ order_id, attempt_id: attempt.id, attempt_state: 'unknown' }]);
    const found = paymentEventOf(attempt.id, 'payment.authorized');
    expect(await applyPaymentEvent(workers, instruments, order_id, found)).toEqual({
      kind: 'applied',
      state: 'authorized',
    });
  });

  test('fifty deliveries of one event over two roles change one thing once', async () => {
    const { order_id, attempt } = await placed();
    const event = paymentEventOf(attempt.id, 'payment.authorized', told);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        i % 2 ? orders.event(order_id, event) : applyPaymentEvent(workers, instruments, order_id, event),
      ),
    );
    expect(answers.filter((answer) => answer.kind === 'applied')).toHaveLength(1);
    expect(answers.filter((answer) => answer.kind === 'duplicate')).toHaveLength(49);
    expect(await ledger(order_id)).toEqual(['authorized']);
    expect(await outbox(order_id)).toHaveLength(1);
  });

  test('approved and voided at the same moment: one of them decides, and no money is forgotten', async () => {
    for (let round = 0; round < 10; round++) {
      const { order_id, attempt } = await placed();
      await Promise.all([
        orders.event(order_id, paymentEventOf(attempt.id, 'payment.authorized', told)),
        applyPaymentEvent(workers, instruments, order_id, paymentEventOf(attempt.id, 'payment.voided')),
      ]);
    }
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('an attempt of another order is nobody’s', async () => {
    const [one, other] = [await placed(), await placed()];
    const path = `/internal/v1/orders/${one.order_id}/events`;
    const response = await orders.post(path, paymentEventOf(other.attempt.id, 'payment.authorized'));
    expect(response.status).toBe(404);
  });
});

describe('an approval that comes too late', () => {
  test('for a cancelled order it is refused, noted, and settled by the void', async () => {
    const { order_id, attempt } = await placed();
    await orders.event(order_id, paymentEventOf(attempt.id, 'payment.unavailable'));
    const late = paymentEventOf(attempt.id, 'payment.authorized', told);
    expect(await orders.event(order_id, late)).toEqual({ kind: 'illegal', state: 'cancelled' });
    expect(await discrepancies(attempt.id)).toEqual([{ class: 'late_authorization', open: true }]);
    expect(await ledger(order_id)).toEqual(['authorized']);
    const voided = paymentEventOf(attempt.id, 'payment.voided');
    expect(await applyPaymentEvent(workers, instruments, order_id, voided)).toMatchObject({
      kind: 'applied',
    });
    expect(await applyPaymentEvent(workers, instruments, order_id, voided)).toMatchObject({
      kind: 'duplicate',
    });
    expect(await discrepancies(attempt.id)).toEqual([{ class: 'late_authorization', open: false }]);
    expect(await ledger(order_id)).toEqual(['authorized', 'voided']);
  });

  test('for an attempt that was failed over it never becomes a second charge of the order', async () => {
    const { order_id, attempt } = await placed();
    const next = await orders.nextAttempt(order_id, attempt.id);
    if (next.kind !== 'attempt') throw new Error(next.reason);
    const late = paymentEventOf(attempt.id, 'payment.authorized', told);
    expect(await orders.event(order_id, late)).toEqual({ kind: 'illegal', state: 'pending_payment' });
    const backup = paymentEventOf(next.attempt.id, 'payment.authorized', told);
    expect(await orders.event(order_id, backup)).toEqual({ kind: 'applied', state: 'authorized' });
    expect(await discrepancies(attempt.id)).toEqual([{ class: 'late_authorization', open: true }]);
  });
});

describe('whatever arrives in whatever order', () => {
  const type = fc.constantFrom(...(Object.keys(attemptStateAfter) as PaymentEvent['type'][]));
  const arrival = fc.record({
    type,
    first: fc.boolean(),
    told: fc.boolean(),
    replayed: fc.boolean(),
    failover: fc.boolean(),
  });

  test('the order ends legal, the ledger balanced, the stock whole, every event announced once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 8 }), async (arrivals) => {
        const { order_id, attempt } = await placed();
        let latest = attempt.id;
        for (const [i, step] of arrivals.entries()) {
          if (step.failover) {
            const next = await orders.nextAttempt(order_id, latest);
            if (next.kind === 'attempt') latest = next.attempt.id;
          }
          const attemptId = step.first ? attempt.id : latest;
          const more = { ...(step.told ? told : {}), ...(step.replayed ? {} : { event_id: `event-${i}` }) };
          const event = paymentEventOf(attemptId, step.type, more);
          const once = await orders.event(order_id, event);
          const again = await applyPaymentEvent(workers, instruments, order_id, event);
          // A replay never applies a second time.
          if (once.kind === 'applied') expect(again.kind).toBe('duplicate');
          else expect(again).toEqual(once);
        }
        expect(await brokenBooks(database.owner)).toEqual({});
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  test('events of many orders at once end the same way', async () => {
    const types = Object.keys(attemptStateAfter) as PaymentEvent['type'][];
    const all = await Promise.all(Array.from({ length: 20 }, placed));
    await Promise.all(
      all.flatMap(({ order_id, attempt }) =>
        types.map((kind) => orders.event(order_id, paymentEventOf(attempt.id, kind, told))),
      ),
    );
    expect(await brokenBooks(database.owner)).toEqual({});
  });
});

describe('the last line of defence', () => {
  test('an illegal transition is refused by the database, and seen by the count when the key is gone', async () => {
    const twin = await server.fresh();
    await twin.stock('AAAA1111', 10);
    const answer = await ordersInstance(twin).place(submission());
    if (answer.kind !== 'placed') throw new Error(answer.kind);
    const plant = () =>
      twin.owner`insert into orders.order_events (order_id, event_id, type, from_state, to_state)
        values (${answer.order_id}, 'planted', 'payment.authorized', 'cancelled', 'authorized')`;
    await expect(plant()).rejects.toThrow('foreign key');
    const [key] = await twin.owner<{ name: string }[]>`select conname as name from pg_constraint
      where conrelid = 'orders.order_events'::regclass and confrelid = 'orders.legal_transitions'::regclass`;
    await twin.owner.unsafe(`alter table orders.order_events drop constraint ${key!.name}`);
    await plant();
    expect(await brokenBooks(twin.owner)).toMatchObject({ illegal_transitions: 1 });
  });

  test.each([
    ['one_order_per_checkout', 'two_orders_of_one_checkout'],
    ['one_live_attempt', 'two_live_attempts'],
  ])('%s refuses a second row, and the count sees it when the index is gone', async (index, counted) => {
    const twin = await server.fresh();
    await twin.stock('AAAA1111', 10);
    const answer = await ordersInstance(twin).place(submission());
    if (answer.kind !== 'placed') throw new Error(answer.kind);
    const plant = () =>
      index === 'one_live_attempt'
        ? twin.owner`insert into orders.payment_attempts (id, order_id, attempt_no, provider, amount_minor, currency)
            values ('planted', ${answer.order_id}, 2, 'psp-backup', 1, 'GBP')`
        : twin.owner`insert into orders.orders (public_id, checkout_id, state, market, currency, total_minor, email, address, shipping_method)
            select 'planted', checkout_id, state, market, currency, total_minor, email, address, shipping_method from orders.orders`;
    await expect(plant()).rejects.toThrow(index);
    await twin.owner.unsafe(`drop index orders.${index}`);
    await plant();
    expect(await brokenBooks(twin.owner)).toMatchObject({ [counted]: 1 });
  });
});
