// Orders against the providers' own books: a real lab as a process, real PostgreSQL, and no Redis at all.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { paymentEventOf } from '../core/orders/test-orders.ts';
import { providerAccess, voidByReference } from '../core/payment/books.ts';
import { createReconciliation } from './reconciliation.ts';
import { startTestLab, type TestLab } from './test-parts.ts';
import { type Placed, type TestShop, testShop } from './test-shop.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
let pass: () => Promise<void>;

beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
});
afterAll(async () => {
  await Promise.all([server.stop(), lab.stop()]);
});
afterEach(() => shop.close());
beforeEach(async () => {
  shop = await testShop(await server.fresh(), { lab });
  pass = createReconciliation(shop);
});

const charge = ({ orderId, attemptId, amountMinor }: Placed, more = {}) =>
  lab.authorize({ reference: attemptId, order: orderId, amount_minor: amountMinor, ...more });
/** The payment call got no answer: what checkout tells orders then. */
async function unknown(): Promise<Placed> {
  const placed = await shop.place();
  await shop.orders.event(placed.orderId, paymentEventOf(placed.attemptId, 'payment.unknown'));
  return placed;
}
const records = ({ orderId }: Placed) =>
  shop.database.owner<{ state: string }[]>`
    select state from orders.psp_records where order_id = ${orderId} order by charge_id`.then((rows) =>
    rows.map(({ state }) => state),
  );
const reservedOf = async () => {
  const [row] = await shop.database.owner<{ reserved: number }[]>`select reserved from orders.stock`;
  return row!.reserved;
};
const announced = ({ orderId }: Placed) =>
  shop.database.owner<{ type: string }[]>`
    select type from orders.outbox where order_id = ${orderId}`.then((rows) => rows.map(({ type }) => type));

test('an unknown that was charged is completed and announced like any other order', async () => {
  const placed = await unknown();
  await charge(placed);
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('authorized');
  expect(await announced(placed)).toEqual(['order.authorized']);
  expect(await records(placed)).toEqual(['authorized']);
  expect(await shop.metric('order_confirmation_duration_seconds_count')).toBe(1);
  await pass();
  expect(await announced(placed)).toEqual(['order.authorized']);
});

test('an unknown that was declined ends the order and gives the stock back', async () => {
  const placed = await unknown();
  await charge(placed, { token: 'tok_decline_1' });
  expect(await reservedOf()).toBe(1);
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('cancelled');
  expect(await reservedOf()).toBe(0);
});

test('not found is not final before the provider’s longest in-flight time', async () => {
  const placed = await unknown();
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('pending_payment');
  expect(await shop.metric('payment_unknown_attempts')).toBe(1);
  await shop.age(placed.orderId, 14);
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('pending_payment');
  expect(await shop.metric('payment_unknown_oldest_age_seconds')).toBeGreaterThanOrEqual(14);
  await shop.age(placed.orderId, 16);
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('cancelled');
  expect(await shop.metric('payment_unknown_attempts')).toBe(0);
});

test('an unknown whose charge lands late is never left: the tombstone refuses it', async () => {
  const placed = await unknown();
  await shop.age(placed.orderId, 20);
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('cancelled');
  expect((await charge(placed)).status).toBe(409);
  await pass();
  expect(await records(placed)).toEqual([]);
});

test('what a retry may be sending at this moment is not voided, however old the order is', async () => {
  const placed = await shop.place();
  await shop.age(placed.orderId, 60);
  // The retry that took the key over a second ago; then it is gone as well.
  const lock = (seconds: number) => shop.database.owner`
    update orders.idempotency_keys set locked_at = clock_timestamp() - ${seconds}::int * interval '1 second'`;
  await lock(1);
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('pending_payment');
  expect((await charge(placed)).status).toBe(201);
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('authorized');

  const left = await shop.place();
  await shop.age(left.orderId, 60);
  await lock(60);
  await pass();
  expect(await shop.stateOf(left.orderId)).toBe('cancelled');
});

test('a late charge inside the waiting time completes the order', async () => {
  const fault = { provider: 'psp-primary', operation: 'authorize' };
  await lab.fault('late', { ...fault, mix: [{ position: 'late', share: 1, delay_ms: 200 }] });
  const placed = await unknown();
  await expect(charge(placed)).rejects.toThrow();
  await lab.endFault('late');
  await pass();
  await vi.waitFor(
    async () => {
      await pass();
      expect(await shop.stateOf(placed.orderId)).toBe('authorized');
    },
    { timeout: 10_000 },
  );
});

test('a charge that appears for an attempt that had ended is noted, voided and settled', async () => {
  const placed = await shop.place();
  // The provider broke its promise: it said "not executed", and charged.
  await shop.orders.event(placed.orderId, paymentEventOf(placed.attemptId, 'payment.unavailable'));
  await charge(placed);
  await pass();
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('cancelled');
  expect(await records(placed)).toEqual(['voided']);
  const discrepancies = await shop.database
    .owner`select class, resolved_at is not null as resolved from orders.discrepancies`;
  expect([...discrepancies]).toEqual([{ class: 'late_authorization', resolved: true }]);
  const ledger = await shop.database.owner`select kind from orders.payment_ledger order by id`;
  expect(ledger.map(({ kind }) => kind)).toEqual(['authorized', 'voided']);
});

test('an approval told after its charge was voided leaves nothing held in the books', async () => {
  const placed = await unknown();
  await charge(placed);
  // One worker voids by reference while another, or a webhook, still carries the approval from before.
  const [access] = providerAccess(shop.config, shop.instruments);
  await voidByReference(access!, placed.attemptId);
  await shop.orders.event(placed.orderId, paymentEventOf(placed.attemptId, 'payment.voided'));
  await shop.orders.event(placed.orderId, paymentEventOf(placed.attemptId, 'payment.authorized'));
  for (let i = 0; i < 3; i++) await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('cancelled');
  const ledger = await shop.database.owner`select kind from orders.payment_ledger order by id`;
  expect(ledger.map(({ kind }) => kind)).toEqual(['authorized', 'voided']);
  const discrepancies = await shop.database
    .owner`select class, resolved_at is not null as resolved from orders.discrepancies`;
  expect([...discrepancies]).toEqual([{ class: 'late_authorization', resolved: true }]);
});

test('an approval for stock that was sold meanwhile is given back', async () => {
  const placed = await unknown();
  await shop.database.owner`update orders.reservations set status = 'expired'`;
  await shop.database.owner`update orders.orders set hold_lapsed_at = now()`;
  await shop.database.owner`update orders.stock set reserved = 0, on_hand = 0`;
  await charge(placed);
  for (let i = 0; i < 3; i++) await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('cancelled');
  expect(await records(placed)).toEqual(['voided']);
});

test('an attempt whose caller died is asked about like an unknown one', async () => {
  const placed = await shop.place();
  await charge(placed);
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('pending_payment');
  await shop.age(placed.orderId, 7);
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('authorized');
});

test('a provider that does not answer proves nothing, however old the attempt is', async () => {
  const placed = await unknown();
  await shop.age(placed.orderId, 600);
  const fault = { provider: 'psp-primary', operation: 'query' };
  await lab.fault('mute', { ...fault, mix: [{ position: 'error', share: 1, delay_ms: 0 }] });
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('pending_payment');
  await lab.endFault('mute');
  await pass();
  expect(await shop.stateOf(placed.orderId)).toBe('cancelled');
});

test('books are read from where the last pass ended, and two readers do not undo each other', async () => {
  const placed = await unknown();
  await charge(placed);
  const other = createReconciliation(shop);
  await Promise.all([pass(), other()]);
  const [access] = providerAccess(shop.config, shop.instruments);
  await voidByReference(access!, placed.attemptId);
  await Promise.all([pass(), other()]);
  expect(await records(placed)).toEqual(['voided']);
});

test('a pass that could not read the books is no success, and what must never be is counted all the same; a count that failed is none', async () => {
  const away = await testShop(await server.fresh());
  await expect(createReconciliation(away)()).rejects.toThrow('books not read');
  expect(await away.metric('reconciliation_last_success_timestamp_seconds')).toBe(0);
  // What must never be was counted all the same.
  expect(await away.metric('invariants_last_counted_timestamp_seconds')).toBeGreaterThan(1e9);
  await away.database.owner`alter table orders.stock rename to no_stock`;
  const counted = await away.metric('invariants_last_counted_timestamp_seconds');
  await expect(createReconciliation(away)()).rejects.toThrow('orders.stock');
  expect(await away.metric('invariants_last_counted_timestamp_seconds')).toBe(counted);
  await away.close();
  await pass();
  expect(await shop.metric('reconciliation_last_success_timestamp_seconds')).toBeGreaterThan(1e9);
});

test('many stray charges at a slow provider are voided side by side', async () => {
  const strays: Placed[] = [];
  for (let i = 0; i < 12; i++) {
    const placed = await shop.place();
    await shop.orders.event(placed.orderId, paymentEventOf(placed.attemptId, 'payment.unavailable'));
    await charge(placed);
    strays.push(placed);
  }
  const delayMs = 1_000;
  const fault = { provider: 'psp-primary', operation: 'void' };
  await lab.fault('slow', { ...fault, mix: [{ position: 'slow', share: 1, delay_ms: delayMs }] });
  const started = performance.now();
  await pass();
  const tookMs = performance.now() - started;
  await lab.endFault('slow');
  await pass();
  expect(await Promise.all(strays.map(records))).toEqual(strays.map(() => ['voided']));
  expect(tookMs).toBeLessThan((strays.length * delayMs) / 2);
});

test('one row that cannot be worked on stops neither the others nor the counts, and the pass is no success', async () => {
  const poison = await unknown();
  await shop.database
    .owner`update orders.payment_attempts set provider = 'psp-gone' where id = ${poison.attemptId}`;
  const placed = await unknown();
  await charge(placed);
  await expect(pass()).rejects.toThrow('an attempt names psp-gone, which is not a provider');
  expect(await shop.stateOf(placed.orderId)).toBe('authorized');
  expect(await shop.metric('payment_unknown_attempts')).toBe(1);
  expect(await shop.metric('reconciliation_last_success_timestamp_seconds')).toBe(0);
});
