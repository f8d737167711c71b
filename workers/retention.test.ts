// What is over goes when its time is over; what may still be needed stays, however old it is.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { prunedTables } from '../core/telemetry/metrics/retention.ts';
import { countViolations } from './invariants.ts';
import { createRetention } from './retention.ts';
import { type TestShop, testShop } from './test-shop.ts';

let server: TestServer;
let shop: TestShop;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  shop = await testShop(await server.fresh());
});
afterEach(() => shop.close());

/** Until nothing is left to remove; the number of rounds. */
async function prune(round = createRetention(shop)): Promise<number> {
  for (let rounds = 1; ; rounds++) if ((await round()) === 'done') return rounds;
}

interface Event {
  readonly age: number;
  readonly handled?: boolean;
}
/** Events of the outbox, `age` days old, noted by both consumers unless nobody handled them. */
async function events(count: number, { age, handled = true }: Event): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  const { owner } = shop.database;
  await owner`
    insert into orders.outbox (event_id, type, order_id, payload, correlation_id, deadline_at, created_at, published_at, handled_at)
    select id, 'order.authorized', 'ord_gone', '{}', 'ord_gone', now(), at, at, case when ${handled} then at end
    from unnest(${ids}::uuid[]) id, (select now() - ${age}::int * interval '1 day' as at) t`;
  if (handled)
    await owner`
      insert into orders.inbox (consumer, event_id)
      select consumer, id from unnest(${ids}::uuid[]) id, unnest('{notifications,order-events}'::text[]) consumer`;
  return ids;
}
const left = async (table: 'outbox' | 'inbox') =>
  (
    await shop.database.owner<
      { event_id: string }[]
    >`select event_id from orders.${shop.database.owner(table)}`
  ).map(({ event_id }) => event_id);
const letter = (eventId: string, state: 'open' | 'redriven' | 'dropped') => shop.database.owner`
  insert into orders.dead_letters (queue, job_id, event_id, error, redriven_at, dropped_at, dropped_by, dropped_why)
  values ('notifications', ${eventId}, ${eventId}, 'e', case when ${state} = 'redriven' then now() end,
    case when ${state} = 'dropped' then now() end, 'Ada', 'why')`;

describe('the outbox', () => {
  test('loses what everybody handled long ago, with what the consumers noted of it', async () => {
    const old = await events(1_200, { age: 31 });
    const young = await events(2, { age: 29 });
    expect(await prune()).toBe(3);
    expect(await left('outbox')).toEqual(young);
    expect(new Set(await left('inbox'))).toEqual(new Set(young));
    expect(await shop.metric('retention_pruned_rows_total{table="outbox"}')).toBe(old.length);
    expect(await shop.metric('retention_oldest_row_age_seconds{table="outbox"}')).toBeCloseTo(
      29 * 86_400,
      -2,
    );
  });

  test('keeps what nobody handled, and what a letter may run again, and goes on past them', async () => {
    const waiting = await events(600, { age: 400, handled: false });
    const [open, dropped, redriven] = await events(3, { age: 90 });
    await letter(open!, 'open');
    await letter(dropped!, 'dropped');
    await letter(redriven!, 'redriven');
    await events(5, { age: 31 });
    await prune();
    expect(new Set(await left('outbox'))).toEqual(new Set([...waiting, open, dropped]));
  });

  test('two processes at once remove each row once', async () => {
    await events(3_000, { age: 31 });
    await Promise.all([prune(), prune()]);
    await prune();
    expect(await left('outbox')).toEqual([]);
    expect(await left('inbox')).toEqual([]);
    expect(await shop.metric('retention_pruned_rows_total{table="outbox"}')).toBe(3_000);
  });

  test('a process that is killed half-way has removed nothing of its page', async () => {
    const ids = await events(10, { age: 31 });
    const { owner } = shop.database;
    await owner.begin(async (tx) => {
      await tx`select from orders.inbox where event_id = ${ids[5]!} for update`;
      const killed = expect(prune()).rejects.toThrow();
      const waits = async () =>
        (await owner`select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'`)
          .length;
      while ((await waits()) === 0);
      await killed;
    });
    expect(await left('outbox')).toHaveLength(10);
    expect(await left('inbox')).toHaveLength(20);
    await prune();
    expect(await left('outbox')).toEqual([]);
  });

  test('an order whose announcement was removed is not taken for a lost one, and one never announced is', async () => {
    const { orderId } = await shop.sell();
    const lost = async () => (await countViolations(shop.db, { within: 'ever', outboxDays: 30 })).lost_order;
    const { owner } = shop.database;
    const aged = (days: number) => owner`
      with o as (update orders.orders set authorized_at = now() - ${days}::int * interval '1 day' where public_id = ${orderId})
      update orders.outbox set created_at = now() - ${days}::int * interval '1 day', handled_at = now() - ${days}::int * interval '1 day'`;
    await aged(31);
    await prune();
    expect(await left('outbox')).toEqual([]);
    expect(await lost()).toBe(0);
    await aged(29);
    expect(await lost()).toBe(1);
  });
});

describe('beside it', () => {
  const at = (days: number) => new Date(Date.now() - days * 86_400_000);

  test('webhooks go once they were handled long ago, and not while a case of them is open', async () => {
    const { owner } = shop.database;
    const webhook = (id: string, days: number, result: string | null) => owner`
      insert into orders.webhook_inbox (provider, event_id, type, attempt_id, order_id, provider_created_at, received_at, handled_at, result)
      values ('psp-primary', ${id}, 't', ${`pay_${id}`}, 'o', ${at(days)}, ${at(days)}, ${result === null ? null : at(days)}, ${result})`;
    await webhook('old', 31, 'applied');
    await webhook('young', 29, 'applied');
    await webhook('unhandled', 99, null);
    await webhook('stranger', 99, 'unknown_reference');
    await owner`insert into orders.discrepancies (class, reference) values ('webhook_unknown_reference', 'psp-primary pay_stranger')`;
    const ids = async () =>
      (await owner`select event_id from orders.webhook_inbox order by 1`).map(({ event_id }) => event_id);
    await prune();
    expect(await ids()).toEqual(['stranger', 'unhandled', 'young']);
    await owner`update orders.discrepancies set resolved_at = now()`;
    await prune();
    expect(await ids()).toEqual(['unhandled', 'young']);
  });

  test('events that waited go once they were applied long ago', async () => {
    const { owner } = shop.database;
    const { orderId } = await shop.place();
    for (const [id, days] of [
      ['old', 121],
      ['young', 119],
      ['waits', null],
    ] as const)
      await owner`insert into orders.parked_events (order_id, event_id, event, parked_at, applied_at)
        values (${orderId}, ${id}, '{}', ${at(200)}, ${days === null ? null : at(days)})`;
    await prune();
    expect(await owner`select event_id from orders.parked_events order by 1`).toEqual([
      { event_id: 'waits' },
      { event_id: 'young' },
    ]);
  });

  test('holds of carts go when they have been over for a week, and those of orders never', async () => {
    const { owner } = shop.database;
    const { orderId } = await shop.sell();
    await owner`update orders.reservations set status = 'posted', expires_at = ${at(400)}`;
    for (const [cart, days, status] of [
      ['old', 8, 'expired'],
      ['young', 6, 'voided'],
      ['held', 8, 'active'],
    ] as const)
      await owner`insert into orders.reservations (cart_id, sku, location_id, quantity, kind, status, expires_at)
        values (${cart}, 'AAAA1111', 'LON-1', 1, 'soft', ${status}, ${at(days)})`;
    await prune();
    expect(
      await owner`select coalesce(cart_id, order_id) as of from orders.reservations order by id`,
    ).toEqual([{ of: orderId }, { of: 'young' }, { of: 'held' }]);
  });

  test('a key is forgotten after its 72 hours, and not before, and not while its payment is undecided', async () => {
    const { owner } = shop.database;
    const [old, young, open] = [await shop.sell(), await shop.sell(), await shop.place()];
    await owner`update orders.idempotency_keys set recovery_point = 'finished', status = 201, body = '{}'
      where order_id <> ${open.orderId}`;
    await owner`update orders.idempotency_keys set
      expires_at = now() + case when order_id = ${young.orderId} then interval '1 minute' else interval '-1 second' end`;
    await prune();
    const kept = await owner<{ order_id: string }[]>`select order_id from orders.idempotency_keys`;
    expect(kept.map(({ order_id }) => order_id).sort()).toEqual([young.orderId, open.orderId].sort());
    expect(kept).not.toContainEqual({ order_id: old.orderId });
  });
});

test('reads no table from end to end, however long it is', async () => {
  const { owner } = shop.database;
  const { orderId } = await shop.sell();
  await events(20, { age: 40 });
  await events(10_000, { age: 1 });
  await owner`insert into orders.webhook_inbox (provider, event_id, type, attempt_id, order_id, provider_created_at, handled_at, result)
    select 'psp-primary', n::text, 't', 'a', 'o', now(), now() - (n % 40) * interval '1 day', 'applied' from generate_series(1, 10000) n`;
  await owner`insert into orders.parked_events (order_id, event_id, event, applied_at)
    select ${orderId}, n::text, '{}', now() - (n % 130) * interval '1 day' from generate_series(1, 10000) n`;
  await owner`insert into orders.reservations (cart_id, sku, location_id, quantity, kind, status, expires_at)
    select 'c', 'AAAA1111', 'LON-1', 1, 'soft', 'expired', now() - (n % 10) * interval '1 day' from generate_series(1, 10000) n`;
  await owner`insert into orders.idempotency_keys (scope, key, fingerprint, recovery_point, expires_at)
    select 's', n::text, 'f', 'finished', now() + (n - 20) * interval '1 hour' from generate_series(1, 10000) n`;
  await owner`vacuum analyze`;
  const read = async () => {
    await owner`select pg_stat_force_next_flush()`;
    const rows = await owner<{ relname: string; seq_scan: number }[]>`
      select relname, seq_scan::int from pg_stat_user_tables where schemaname = 'orders'
        and relname in ('outbox', 'inbox', 'webhook_inbox', 'parked_events', 'reservations', 'idempotency_keys') order by 1`;
    return rows;
  };
  const before = await read();
  const mine = shop.database.open('workers', 1);
  // Often enough for the plan that is kept.
  const round = createRetention({ ...shop, db: mine });
  for (let i = 0; i < 8; i++) await prune(round);
  // Counts are told when a session ends.
  await mine.close();
  expect(await read()).toEqual(before);
  for (const table of prunedTables)
    expect(await shop.metric(`retention_pruned_rows_total{table="${table}"}`), table).toBeGreaterThan(0);
  // And a scan would be seen.
  const other = shop.database.open('workers', 1);
  await other.sql`select count(*) from orders.outbox where correlation_id = 'x'`;
  await other.close();
  expect(await read()).not.toEqual(before);
});
