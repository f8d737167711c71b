// Providers' webhooks at the door of the orders service: whenever, in whatever order and however often they come, the
// order ends as if everything had come once and in turn.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OrderEvent } from '../contracts/order-events.ts';
import type { Database } from '../db/client.ts';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { createInstruments, type Instruments } from '../telemetry/instruments.ts';
import { applyOrderEvent, applyParked } from './apply-order-event.ts';
import { ordersWithParked } from './parked-events.ts';
import { brokenBooks, ordersInstance, paymentEventOf, submission, type TestOrders } from './test-orders.ts';
import { listening, type Placed, placed, send, webhook } from './test-webhooks.ts';
import { applyWebhook } from './webhook-effect.ts';

let server: TestServer;
let database: TestDatabase;
let orders: TestOrders;
let workers: Database;
let instruments: Instruments;
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  orders = ordersInstance(database, { env: listening });
  workers = database.open('workers');
  instruments = createInstruments('workers');
  await database.stock('AAAA1111', 1_000_000);
});
afterAll(() => server.stop());

/** Where an order ended: all that a difference in what came when could have changed. */
async function endOf({ orderId }: Placed) {
  const [order] = await database.owner`select state from orders.orders where public_id = ${orderId}`;
  const ledger = await database.owner`
    select kind, sum(amount_minor)::int as minor from orders.payment_ledger where order_id = ${orderId}
    group by kind order by kind`;
  const [open] = await database.owner<{ parked: number }[]>`
    select count(*)::int as parked from orders.parked_events where order_id = ${orderId} and applied_at is null`;
  return { state: order!.state, ledger: ledger.map((row) => `${row.kind} ${row.minor}`), ...open };
}
/** What the workers' pass does with events that waited for others. */
async function settleParked(): Promise<void> {
  for (const id of await ordersWithParked(workers, 1_000)) await applyParked(workers, instruments, id);
}
const permutations = <T>(all: readonly T[]): T[][] =>
  all.length === 0
    ? [[]]
    : all.flatMap((one, i) => permutations(all.toSpliced(i, 1)).map((rest) => [one, ...rest]));

describe('an authorisation', () => {
  const own = (order: Placed) => ({
    answer: () =>
      orders.event(
        order.orderId,
        paymentEventOf(order.attemptId, 'payment.authorized', {
          provider_reference: `ch_${order.attemptId}`,
          answer: { status: 201, body: { order_id: order.orderId } },
        }),
      ),
  });

  test.each([
    [
      'before our own answer',
      async (hook: () => Promise<unknown>, answer: () => Promise<unknown>) => [await hook(), await answer()],
    ],
    [
      'after it',
      async (hook: () => Promise<unknown>, answer: () => Promise<unknown>) => [await answer(), await hook()],
    ],
    [
      'at the same moment',
      (hook: () => Promise<unknown>, answer: () => Promise<unknown>) => Promise.all([hook(), answer()]),
    ],
    ['instead of it', async (hook: () => Promise<unknown>) => [await hook()]],
    ['never', async (_: () => Promise<unknown>, answer: () => Promise<unknown>) => [await answer()]],
    [
      'three times around it',
      async (hook: () => Promise<unknown>, answer: () => Promise<unknown>) => [
        await hook(),
        await hook(),
        await answer(),
        await hook(),
      ],
    ],
  ] as const)('told %s ends in the same state', async (_when, arrive) => {
    const order = await placed(orders);
    const body = webhook(order, 'authorization.approved');
    await arrive(async () => expect((await send(orders, body)).status).toBe(200), own(order).answer);
    expect(await endOf(order)).toEqual({
      state: 'authorized',
      ledger: [`authorized ${order.amount}`],
      parked: 0,
    });
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('declined by webhook frees the cart; a void of it later is news about nothing', async () => {
    const order = await placed(orders);
    const declined = webhook(order, 'authorization.declined', { decline_code: 'insufficient_funds' });
    expect(await send(orders, declined)).toMatchObject({ status: 200, result: 'applied' });
    expect(await send(orders, webhook(order, 'authorization.voided'))).toMatchObject({ status: 200 });
    expect(await endOf(order)).toEqual({ state: 'cancelled', ledger: [], parked: 0 });
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('fifty deliveries at once are one row and change one thing once', async () => {
    const order = await placed(orders);
    const body = webhook(order, 'authorization.approved');
    const sent = await Promise.all(Array.from({ length: 50 }, () => send(orders, body)));
    expect(sent.filter(({ result }) => result === 'applied')).toHaveLength(1);
    expect(sent.filter(({ result }) => result === 'known')).toHaveLength(49);
    expect(
      await database.owner`select deliveries, result, handled_at is not null as handled
        from orders.webhook_inbox where event_id = ${body.id}`,
    ).toMatchObject([{ deliveries: 50, handled: true }]);
  });
});

test('authorised, captured, refunded and disputed: told in every order, once to three times, by the provider and by our own workers, it ends the same', async () => {
  const ways = permutations(['answer', 'authorized', 'captured', 'worker', 'refunded', 'disputed'] as const);
  const ends = await Promise.all(
    // Every 29th of the 720, which has each of the six in each place.
    ways
      .filter((_, i) => i % 29 === 0)
      .map(async (way, i) => {
        const order = await placed(orders);
        const [captureId, refundId] = [`cap_${order.orderId}`, `ref_${order.orderId}`];
        const captured: OrderEvent = {
          ...{ type: 'payment.captured', event_id: `worker:${captureId}`, attempt_id: order.attemptId },
          ...{ operation_id: captureId, amount_minor: order.amount },
        };
        const bodies = {
          authorized: webhook(order, 'authorization.approved'),
          captured: webhook(order, 'capture.succeeded', { operation_id: captureId }),
          refunded: webhook(order, 'refund.succeeded', { operation_id: refundId, amount_minor: 300 }),
          disputed: webhook(order, 'dispute.notice', { dispute_id: `dp_${order.orderId}` }),
        };
        for (const [at, step] of way.entries())
          for (let times = 0; times <= (i + at) % 3; times++)
            if (step === 'answer')
              await orders.event(order.orderId, paymentEventOf(order.attemptId, 'payment.authorized'));
            else if (step === 'worker') await applyOrderEvent(workers, instruments, order.orderId, captured);
            else expect((await send(orders, bodies[step])).status).toBe(200);
        return order;
      }),
  );
  await settleParked();
  for (const order of ends)
    expect(await endOf(order)).toEqual({
      state: 'disputed',
      ledger: [`authorized ${order.amount}`, `captured ${order.amount}`, 'refunded 300'],
      parked: 0,
    });
}, 120_000);

test('a dispute is noticed, lost, and won on appeal; money moves with the loss and comes back', async () => {
  const order = await placed(orders);
  const dispute = { dispute_id: `dp_${order.orderId}` };
  await send(orders, webhook(order, 'authorization.approved'));
  await send(orders, webhook(order, 'capture.succeeded', { operation_id: `cap_${order.orderId}` }));
  // The verdict overtakes the notice.
  await send(orders, webhook(order, 'dispute.lost', dispute));
  await send(orders, webhook(order, 'dispute.notice', dispute));
  expect((await endOf(order)).state).toBe('chargeback');
  expect((await endOf(order)).ledger).toContain(`charged_back ${order.amount}`);
  await send(orders, webhook(order, 'dispute.won', { ...dispute, returned_minor: order.amount }));
  expect((await endOf(order)).state).toBe('captured');
  expect((await endOf(order)).ledger).toContain(`chargeback_reversed ${order.amount}`);
});

describe('known is what was handled, not what was received', () => {
  test('an effect that failed is 500, and the next delivery makes it', async () => {
    const order = await placed(orders);
    const body = webhook(order, 'authorization.approved');
    await database.owner.unsafe('alter table orders.order_events rename to order_events_away');
    expect((await send(orders, body)).status).toBe(500);
    await database.owner.unsafe('alter table orders.order_events_away rename to order_events');
    expect(await send(orders, body)).toMatchObject({ status: 200, result: 'applied' });
    expect((await endOf(order)).state).toBe('authorized');
    expect(await orders.metrics()).toContain(
      'payment_webhooks_total{provider="psp-primary",result="failed"} 1',
    );
  });

  test('a process that died after the effect and before the note finds it made', async () => {
    const order = await placed(orders);
    const body = webhook(order, 'authorization.approved');
    const db = database.open('orders');
    await applyWebhook(db, createInstruments('orders'), body as never);
    expect(await send(orders, body)).toMatchObject({ status: 200, result: 'known' });
    expect((await endOf(order)).ledger).toEqual([`authorized ${order.amount}`]);
  });

  test('the twin: with every received event taken for handled, a failed effect is lost for good', async () => {
    const twin = await server.fresh();
    await twin.stock('AAAA1111', 10);
    const shop = ordersInstance(twin, { env: listening });
    const answer = await shop.place(submission());
    if (answer.kind !== 'placed') throw new Error(answer.kind);
    await twin.owner.unsafe(`
      create function orders.plant() returns trigger language plpgsql as
        $$ begin new.handled_at := now(); new.result := 'known'; return new; end $$;
      create trigger plant before update on orders.webhook_inbox for each row execute function orders.plant();
      alter table orders.order_events rename to order_events_away`);
    const order = { orderId: answer.order_id, attemptId: answer.attempt.id, amount: 1 };
    const body = webhook(order, 'authorization.approved');
    expect((await send(shop, body)).status).toBe(500);
    await twin.owner.unsafe('alter table orders.order_events_away rename to order_events');
    expect(await send(shop, body)).toMatchObject({ status: 200, result: 'known' });
    expect(await twin.owner`select state from orders.orders`).toEqual([{ state: 'pending_payment' }]);
  });
});
