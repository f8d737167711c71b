// Each invariant beside its failing twin: the constraint that defends it is dropped, the bad row is planted, the gauge says so.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { type Invariant, invariants } from '../core/telemetry/metrics/invariants.ts';
import { createLooks } from './how-far-back.ts';
import { countViolations, createInvariants } from './invariants.ts';
import { type Placed, type TestShop, testShop } from './test-shop.ts';

let server: TestServer;
let shop: TestShop;
let healthy: Placed;
const outboxDays = 30;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
afterEach(() => shop.close());
beforeEach(async () => {
  shop = await testShop(await server.fresh());
  healthy = await shop.sell();
  await bookCharge('ch_1', healthy.orderId, healthy.attemptId);
  // Past every grace, so that what is planted next to it counts at once.
  await shop.database.owner`update orders.orders set authorized_at = now() - interval '3 minutes'`;
});

const bookCharge = (chargeId: string, orderId: string, attemptId: string, seenSecondsAgo = 3_600) =>
  shop.database.owner`
    insert into orders.psp_records (provider, charge_id, attempt_id, order_id, amount_minor, currency, state,
      provider_created_at, seen_at)
    values ('psp-primary', ${chargeId}, ${attemptId}, ${orderId}, 995, 'GBP', 'authorized', now(),
      now() - ${seenSecondsAgo}::int * interval '1 second')`;

/** Counted among what changed lately and among everything: as long as it is young, that is the same. */
async function broken(): Promise<Invariant[]> {
  const [lately, ever] = [
    await countViolations(shop.db, { within: 'lately', outboxDays }),
    await countViolations(shop.db, { within: 'ever', outboxDays }),
  ];
  expect(lately).toEqual(ever);
  return invariants.filter((invariant) => ever[invariant] > 0);
}
const plant = (sql: string) => shop.database.owner.unsafe(sql);

test('a healthy shop breaks nothing: sold, pending, unknown, cancelled', async () => {
  await shop.place();
  const declined = await shop.place();
  const event = { event_id: 'x', type: 'payment.declined', attempt_id: declined.attemptId } as const;
  await shop.orders.event(declined.orderId, { ...event, decided_at_ms: Date.now() });
  expect(await broken()).toEqual([]);
});

test('double charge: two live charges of one order', async () => {
  await bookCharge('ch_2', healthy.orderId, 'pay_other', 5);
  expect(await broken()).toEqual([]);
  await plant(
    `update orders.psp_records set seen_at = now() - interval '11 seconds' where charge_id = 'ch_2'`,
  );
  expect(await broken()).toEqual(['double_charge']);
  await plant(`update orders.psp_records set state = 'voided' where charge_id = 'ch_2'`);
  expect(await broken()).toEqual([]);
});

test('double charge: two paid orders of one cart, once nothing forbids them', async () => {
  const cart = 'checkout_id = (select checkout_id from orders.orders order by id limit 1)';
  const second = await shop.sell();
  await bookCharge('ch_2', second.orderId, second.attemptId);
  await expect(plant(`update orders.orders set ${cart}`)).rejects.toThrow('one_order_per_checkout');
  await plant('drop index orders.one_order_per_checkout');
  expect(await broken()).toEqual([]);
  await plant(`update orders.orders set ${cart}`);
  expect(await broken()).toEqual(['double_charge']);
});

test('oversell: more reserved than there is', async () => {
  await expect(plant('update orders.stock set on_hand = 0')).rejects.toThrow('never_oversold');
  await plant('alter table orders.stock drop constraint never_oversold');
  await plant('update orders.stock set on_hand = 0');
  expect(await broken()).toEqual(['oversell']);
});

test('oversell: stock that forgot a reservation', async () => {
  await plant('update orders.stock set reserved = reserved - 1');
  expect(await broken()).toEqual(['oversell']);
});

test.each([
  ['its outbox row was swallowed', 'delete from orders.outbox'],
  ['its lines are gone', 'delete from orders.order_lines'],
  ['nobody paid it', `update orders.payment_attempts set state = 'voided'`],
])('lost order: %s', async (_how, sql) => {
  await plant(sql);
  expect(await broken()).toEqual(['lost_order']);
});

test('lost order, and money without one: the order is gone, the charge is not', async () => {
  await bookCharge('ch_2', 'ord_gone', 'pay_gone', 5);
  expect(await broken()).toEqual([]);
  await plant(
    `update orders.psp_records set seen_at = now() - interval '11 seconds' where charge_id = 'ch_2'`,
  );
  expect(await broken()).toEqual(['lost_order', 'captured_without_order']);
});

test('money without an order: the order is cancelled and the charge still stands', async () => {
  await plant(`update orders.orders set state = 'cancelled', updated_at = now() - interval '30 seconds'`);
  expect(await broken()).toEqual([]);
  await plant(`update orders.orders set updated_at = now() - interval '61 seconds'`);
  expect(await broken()).toEqual(['captured_without_order']);
});

test('an unknown payment of a quarter of an hour', async () => {
  const pending = await shop.place();
  await shop.age(pending.orderId, 14 * 60);
  expect(await broken()).toEqual([]);
  await shop.age(pending.orderId, 16 * 60);
  expect(await broken()).toEqual(['unknown_payment_overdue']);
});

test('a discrepancy nobody resolved', async () => {
  await plant(`insert into orders.discrepancies (class, reference) values ('conflicting_outcome', 'pay_1')`);
  expect(await broken()).toEqual([]);
  await plant(`update orders.discrepancies set first_seen_at = now() - interval '16 minutes'`);
  expect(await broken()).toEqual(['discrepancy_overdue']);
  // Each class has an age limit of its own; what nobody declared has the shortest.
  await plant(`update orders.discrepancies set class = 'fee_off_schedule'`);
  expect(await broken()).toEqual([]);
  await plant(`update orders.discrepancies set class = 'of_tomorrow'`);
  expect(await broken()).toEqual(['discrepancy_overdue']);
});

test('a dead letter', async () => {
  await plant(`insert into orders.dead_letters (queue, job_id, error) values ('notifications', 'j', 'e')`);
  expect(await broken()).toEqual(['dead_letter']);
});

test('the gauges say what was counted', async () => {
  await plant('update orders.stock set reserved = reserved - 1');
  await createInvariants(shop.db, shop.instruments, { startedBeforeMs: 6_000, outboxDays })();
  expect(await shop.metric('invariant_violations{invariant="oversell"}')).toBe(1);
  expect(await shop.metric('invariant_violations{invariant="double_charge"}')).toBe(0);
});

test('what broke long ago is counted in full until it is mended, and then lately again', async () => {
  const count = createInvariants(shop.db, shop.instruments, { startedBeforeMs: 6_000, outboxDays });
  const lost = () => shop.metric('invariant_violations{invariant="lost_order"}');
  await plant('delete from orders.order_lines');
  await plant(`update orders.orders set authorized_at = now() - interval '1 day'`);
  expect(await countViolations(shop.db, { within: 'lately', outboxDays })).toMatchObject({ lost_order: 0 });
  for (let i = 0; i < 2; i++) {
    await count();
    expect(await lost()).toBe(1);
  }
  await plant(`update orders.orders set state = 'cancelled', authorized_at = null`);
  await plant(`update orders.psp_records set state = 'voided'`);
  await count();
  expect(await lost()).toBe(0);
});

test('of what changed just now the widest looks are few, and one that finds something is not the last of its kind', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const looks = createLooks();
    const pass = (found: boolean) => {
      const within = looks.next();
      if (!found) looks.clean(within);
      vi.advanceTimersByTime(2_000);
      return within;
    };
    const seen = Array.from({ length: 155 }, () => pass(false));
    const at = (within: string) => seen.flatMap((one, n) => (one === within ? [n * 2] : []));
    expect(at('ever')).toEqual([0, 300]);
    expect(at('lately').slice(0, 3)).toEqual([16, 32, 48]);
    expect(at('just now').slice(0, 8)).toEqual([2, 4, 6, 8, 10, 12, 14, 18]);
    vi.advanceTimersByTime(300_000);
    expect([pass(true), pass(true), pass(false), pass(false)]).toEqual(['ever', 'ever', 'ever', 'just now']);
    vi.advanceTimersByTime(15_000);
    expect([pass(true), pass(false), pass(false)]).toEqual(['lately', 'lately', 'just now']);
  } finally {
    vi.useRealTimers();
  }
});
