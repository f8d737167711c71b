// What is over is kept for a while, for whoever looks back and for what comes twice, and then removed: a page of each table
// at a time, a statement a page. Several processes prune side by side, each rows of its own, and one that dies has either
// removed a page or not.
import type { Config } from '../core/config.ts';
import type { Database } from '../core/db/client.ts';
import { forgetExpiredKeys } from '../core/orders/abandoned-keys.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import {
  oldestRowAge,
  type PrunedTable,
  prunedTables,
  rowsPruned,
} from '../core/telemetry/metrics/retention.ts';
import { queues } from './queues.ts';

/** Milliseconds of work, so that nobody waits for a lock or a stop. */
const pageSize = 500;

interface Page {
  readonly pruned: number;
  readonly more: boolean;
}
type Prune = () => Promise<Page>;

interface RetentionDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly config: Config;
}

/** One page of every table a call; `more` while there is more to remove. */
export function createRetention({ db, instruments, config }: RetentionDeps): () => Promise<'more' | 'done'> {
  const full = async (count: Promise<number>): Promise<Page> => {
    const pruned = await count;
    return { pruned, more: pruned === pageSize };
  };
  const prune: Readonly<Record<PrunedTable, Prune>> = {
    outbox: outboxPruner(db, config.OUTBOX_RETENTION_DAYS),
    webhook_inbox: () => full(pruneWebhooks(db, config.WEBHOOK_RETENTION_DAYS)),
    parked_events: () => full(pruneParked(db, config.PARKED_EVENT_RETENTION_DAYS)),
    cart_holds: () => full(pruneCartHolds(db, config.CART_HOLD_RETENTION_DAYS)),
    idempotency_keys: () => full(forgetExpiredKeys(db, pageSize)),
  };
  return async () => {
    let more = false;
    for (const table of prunedTables) {
      const page = await prune[table]();
      if (page.pruned > 0) instruments.count(rowsPruned, { table }, page.pruned);
      more ||= page.more;
    }
    if (!more) await measureOldest(db, instruments);
    return more ? 'more' : 'done';
  };
}

/**
 * Events that every consumer has handled, with what the consumers noted of them. What is not handled is published again
 * from here, and a letter that is not driven again may be, so both stay however old they are.
 */
function outboxPruner(db: Database, days: number): Prune {
  // From the oldest on, page by page, past those that stay; from the beginning again once one is young.
  let after = 0;
  return async () => {
    const [page] = await db.query(
      'prune outbox',
      (sql) => sql<{ last: number | null; full: boolean; old: boolean; pruned: number }[]>`
        with page as (
          select id, created_at, handled_at from orders.outbox where id > ${after} order by id limit ${pageSize}
        ),
        over as (
          select o.id from orders.outbox o
          where o.id = any (array(
              select id from page where handled_at < now() - ${days}::int * interval '1 day'))
            and not exists (select from orders.dead_letters d where d.event_id = o.event_id and d.redriven_at is null)
          for update of o skip locked
        ),
        gone as (
          delete from orders.outbox where id = any (array(select id from over)) returning event_id
        ),
        forgotten as (
          delete from orders.inbox
          where consumer = any (${queues.map(({ name }) => name)}::text[]) and event_id = any (array(select event_id from gone))
        )
        select max(id) as last, count(*) = ${pageSize} as full,
          coalesce(max(created_at) < now() - ${days}::int * interval '1 day', false) as old,
          (select count(*) from gone)::int as pruned
        from page`,
    );
    const more = page!.full && page!.old;
    after = more ? page!.last! : 0;
    return { pruned: page!.pruned, more };
  };
}

const removed = async (rows: Promise<readonly unknown[]>) => (await rows).length;

/** Known is what was handled. Of a stranger's money the event stays for as long as a person has not closed the case. */
const pruneWebhooks = (db: Database, days: number) =>
  removed(
    db.query(
      'prune webhook inbox',
      (sql) => sql`
        delete from orders.webhook_inbox where ctid = any (array(
          select ctid from orders.webhook_inbox w
          where handled_at < now() - ${days}::int * interval '1 day'
            and not exists (select from orders.discrepancies d where d.class = 'webhook_unknown_reference'
              and d.reference = w.provider || ' ' || w.attempt_id and d.resolved_at is null)
          order by handled_at limit ${pageSize} for update skip locked))
        returning 1`,
    ),
  );

/** Applied ones: the order's own event says what came of it. */
const pruneParked = (db: Database, days: number) =>
  removed(
    db.query(
      'prune parked events',
      (sql) => sql`
        delete from orders.parked_events where ctid = any (array(
          select ctid from orders.parked_events
          where applied_at < now() - ${days}::int * interval '1 day'
          order by applied_at limit ${pageSize} for update skip locked))
        returning 1`,
    ),
  );

/** Of carts that never became an order; what an order held is part of the order. */
const pruneCartHolds = (db: Database, days: number) =>
  removed(
    db.query(
      'prune cart holds',
      (sql) => sql`
        delete from orders.reservations where ctid = any (array(
          select ctid from orders.reservations
          where order_id is null and status <> 'active' and expires_at < now() - ${days}::int * interval '1 day'
          order by expires_at limit ${pageSize} for update skip locked))
        returning 1`,
    ),
  );

async function measureOldest(db: Database, instruments: Instruments): Promise<void> {
  const [oldest] = await db.query(
    'measure oldest rows',
    (sql) => sql<Record<PrunedTable, number | null>[]>`
      select extract(epoch from now() - (select created_at from orders.outbox order by id limit 1))::float8 as outbox,
        extract(epoch from now() - (select min(handled_at) from orders.webhook_inbox))::float8 as webhook_inbox,
        extract(epoch from now() - (select min(applied_at) from orders.parked_events))::float8 as parked_events,
        extract(epoch from now() - (select min(expires_at) from orders.reservations
          where order_id is null and status <> 'active'))::float8 as cart_holds,
        extract(epoch from now() - (select min(expires_at) from orders.idempotency_keys))::float8 as idempotency_keys`,
  );
  for (const table of prunedTables)
    instruments.set(oldestRowAge, { table }, Math.max(0, oldest![table] ?? 0));
}
