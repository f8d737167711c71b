import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { deadlineHeader } from '../http/deadline.ts';
import {
  brokenBooks,
  ordersInstance,
  paymentEventOf,
  submission,
  submissionDeadlineMs,
  type TestOrders,
} from './test-orders.ts';

let server: TestServer;
let database: TestDatabase;
let orders: TestOrders;
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  orders = ordersInstance(database);
  await database.stock('AAAA1111', 1_000_000);
});
afterAll(() => server.stop());

const countOf = async (table: string) => {
  const [row] = await database.owner.unsafe<{ n: number }[]>(`select count(*) as n from orders.${table}`);
  return row!.n;
};
const kinds = (answers: readonly { kind: string }[]) => {
  const counted: Record<string, number> = {};
  for (const { kind } of answers) counted[kind] = (counted[kind] ?? 0) + 1;
  return counted;
};
/** Makes the key look as old as one whose process died. */
const ageKey = (key: string) =>
  database.owner`update orders.idempotency_keys
    set locked_at = now() - ${submissionDeadlineMs + 1_000} * interval '1 millisecond' where key = ${key}`;

describe('one submission', () => {
  test('commits order, lines, hold, attempt and event together, before any provider is called', async () => {
    const order = submission({
      lines: [
        { sku: 'AAAA1111', quantity: 2, unit_price_minor: 500 },
        { sku: 'AAAA1111', quantity: 1, unit_price_minor: 500 },
      ],
    });
    const answer = await orders.place(order);
    if (answer.kind !== 'placed') throw new Error(answer.kind);
    const [row] = await database.owner`
      select o.state, l.quantity, l.location_id, r.quantity as held, r.status, a.id, a.state as attempt, a.amount_minor, e.type
      from orders.orders o join orders.order_lines l on l.order_id = o.public_id
      join orders.reservations r on r.order_id = o.public_id join orders.payment_attempts a on a.order_id = o.public_id
      join orders.order_events e on e.order_id = o.public_id where o.public_id = ${answer.order_id}`;
    expect(row).toEqual({
      state: 'pending_payment',
      quantity: 3,
      location_id: 'LON-1',
      held: 3,
      status: 'active',
      id: answer.attempt.id,
      attempt: 'started',
      amount_minor: order.total_minor,
      type: 'checkout.submitted',
    });
    expect(await brokenBooks(database.owner)).toEqual({});
  });

  test('a hundred double clicks with one key over two instances make one order', async () => {
    const second = ordersInstance(database);
    const order = submission();
    const before = await countOf('orders');
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => (i % 2 ? orders : second).place(order)),
    );
    expect(kinds(answers)).toEqual({ placed: 1, in_flight: 99 });
    expect(await countOf('orders')).toBe(before + 1);
  });

  test('two keys for one cart make one order, and the loser leaves no key behind', async () => {
    const before = [await countOf('orders'), await countOf('idempotency_keys')];
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => orders.place(submission({ checkout: 'cart_shared' }))),
    );
    expect(kinds(answers)).toEqual({ placed: 1, already_ordered: 19 });
    const ids = new Set(answers.map((answer) => 'order_id' in answer && answer.order_id));
    expect(ids.size).toBe(1);
    expect([await countOf('orders'), await countOf('idempotency_keys')]).toEqual(before.map((n) => n! + 1));
  });

  test('the same key with another body is refused and changes nothing', async () => {
    const first = submission({ key: 'reused-key' });
    await orders.place(first);
    const before = await countOf('orders');
    expect(await orders.place(submission({ key: 'reused-key', quantity: 2 }))).toEqual({
      kind: 'key_reused',
    });
    expect(await countOf('orders')).toBe(before);
  });

  test('a retry after the answer gets the same answer again', async () => {
    const order = submission();
    const placed = await orders.place(order);
    if (placed.kind !== 'placed') throw new Error(placed.kind);
    const answer = { status: 201, body: { order_id: placed.order_id, state: 'authorized' } };
    await orders.event(placed.order_id, paymentEventOf(placed.attempt.id, 'payment.authorized', { answer }));
    expect(await orders.place(order)).toEqual({ kind: 'replay', ...answer });
  });

  test('a retry while the first is at work is told when to come back', async () => {
    const order = submission();
    await orders.place(order);
    expect(await orders.place(order)).toEqual({ kind: 'in_flight', retry_after_s: 5 });
  });
});

describe('a process that died between the two commits', () => {
  test('its submission is taken over by one retry, with the same attempt and so the same provider key', async () => {
    const order = submission();
    const placed = await orders.place(order);
    if (placed.kind !== 'placed') throw new Error(placed.kind);
    await ageKey(order.idempotency.key);
    const answers = await Promise.all(Array.from({ length: 20 }, () => orders.place(order)));
    expect(kinds(answers)).toEqual({ resume: 1, in_flight: 19 });
    expect(answers.find((answer) => answer.kind === 'resume')).toEqual({ ...placed, kind: 'resume' });
  });

  test('once reconciliation has finished the order, a retry is told how it ended', async () => {
    for (const [type, status] of [
      ['payment.authorized', 201],
      ['payment.voided', 402],
    ] as const) {
      const order = submission();
      const placed = await orders.place(order);
      if (placed.kind !== 'placed') throw new Error(placed.kind);
      await orders.event(placed.order_id, paymentEventOf(placed.attempt.id, type));
      expect(await orders.place(order)).toMatchObject({ kind: 'replay', status });
    }
  });
});

describe('what cannot be an order', () => {
  test('is refused with the field named, and nothing is written', async () => {
    const before = await countOf('orders');
    const good = submission();
    const cases: [object | string, number, string][] = [
      [{ ...good, total_minor: good.total_minor + 1 }, 422, 'total_minor'],
      [{ ...good, subtotal_minor: 1 }, 422, 'subtotal_minor'],
      [{ ...good, discount_minor: 1 }, 422, 'total_minor'],
      [{ ...good, discount_minor: 501, total_minor: good.total_minor - 501 }, 422, 'discount_minor'],
      [{ ...good, lines: [] }, 422, 'lines'],
      [{ ...good, surprise: 1 }, 422, 'body'],
      [{ ...good, address: { note: 'my card is 4111 1111 1111 1111' } }, 422, 'address.note'],
      ['{', 400, 'body'],
    ];
    for (const [body, status, field] of cases) {
      const response = await orders.post('/internal/v1/orders', body);
      const said = (await response.json()) as { detail: string };
      expect([response.status, said.detail.split(':')[0]]).toEqual([status, field]);
      expect(said.detail).not.toContain('4111');
    }
    expect(await countOf('orders')).toBe(before);
  });

  test('nobody without the service token gets in', async () => {
    for (const token of ['', 'token-of-the-testS', 'x'])
      expect((await orders.post('/internal/v1/orders', submission(), token)).status).toBe(401);
  });
});

describe('a caller who is waiting no more', () => {
  test('gets no order: nothing left of its deadline is refused before anything is written', async () => {
    const before = await countOf('orders');
    const post = (left: string) =>
      orders.post('/internal/v1/orders', submission(), undefined, { [deadlineHeader]: left });
    for (const left of ['0', '-1', 'soon']) expect((await post(left)).status).toBe(503);
    expect(await countOf('orders')).toBe(before);
    expect((await post('1000')).status).toBe(200);
    expect(await countOf('orders')).toBe(before + 1);
  });

  test('nor does a statement go on for it: a stock row held by another ends it when the caller has left', async () => {
    const before = await countOf('orders');
    const started = performance.now();
    const response = await database.owner.begin(async (tx) => {
      await tx`select 1 from orders.stock where sku = 'AAAA1111' for update`;
      return orders.post('/internal/v1/orders', submission());
    });
    expect(performance.now() - started).toBeLessThan(4_500);
    expect(await countOf('orders')).toBe(before);
    // Busy, not broken, and ours all the same.
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await response.json()).toMatchObject({ type: 'urn:headroom:problem:busy', status: 503 });
    expect(await orders.metrics()).toMatch(
      /http_server_request_duration_seconds_count{.*http_route="\/internal\/v1\/orders",status_class="5xx"} [1-9]/,
    );
  });
});
