// What must never be, counted in PostgreSQL. A row is counted only when no step of a healthy order can still explain it:
// the grace is several reconciliation passes, so a state in passing is never a violation.
//
// Most passes count among what changed just now, some among the last minutes, few among everything (how-far-back.ts).
import type postgres from 'postgres';
import type { Database, Sql, Tx } from '../core/db/client.ts';
import { driftRows } from '../core/inventory/drift.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { type Invariant, invariants, invariantViolations } from '../core/telemetry/metrics/invariants.ts';
import { unknownPaymentAge, unknownPayments } from '../core/telemetry/metrics/payment.ts';
import { discrepancies } from './discrepancies/classes.ts';
import { ago, createLooks, oldest, since, type Within } from './how-far-back.ts';

/** Five passes: an order is committed before its charge, and a stray charge is voided within two. */
const chargeGraceSeconds = 10;
/** Voids need the provider's answer; it may be away a while before its silence is our problem. */
const strayGraceSeconds = 60;
/** Of unknown payments, and of a discrepancy whose class nobody declared. */
const ageLimitSeconds = 15 * 60;

/** Reads whole tables. */
const fullLimitMs = 60_000;

const ageLimits = Object.entries(discrepancies).map(([name, spec]) => ({
  class: name,
  seconds: spec.ageLimitSeconds,
}));

const held = (sql: Sql | Tx) => sql`r.state in ('authorized', 'captured')`;

/** What is to be counted among. */
interface Among {
  readonly within: Within;
  /** Events that were handled longer ago may have been removed. */
  readonly outboxDays: number;
}

/** A new invariant does not compile until it is counted here. */
const countOf: Readonly<Record<Invariant, (sql: Sql | Tx, among: Among) => postgres.Fragment>> = {
  // Of one order, or of several orders of one cart.
  double_charge: (sql, { within }) => sql`
    select count(*) from (
      select 1 from orders.psp_records r left join orders.orders o on o.public_id = r.order_id
      where ${held(sql)} ${since(sql, sql`r.changed_at`, within)} group by coalesce(o.checkout_id, r.order_id)
      having count(*) > 1 and max(r.seen_at) < ${ago(sql, chargeGraceSeconds)}
    ) twice`,
  // Every change of stock and what it sums up is one transaction, so one snapshot needs no grace. Drift counts: what
  // `reserved` does not know of will be sold twice.
  oversell: (sql) => sql`
    select count(*) from orders.stock s
    where s.reserved + s.in_transit_out > s.on_hand + case when s.sell_in_transit then s.in_transit_in else 0 end
      or (s.sku, s.location_id) in (select sku, location_id from (${driftRows(sql)}) drifted)`,
  // Paid and gone, paid and empty, paid by nobody, or paid and never told to anyone who would ship it.
  lost_order: (sql, { within, outboxDays }) => sql`
    select (
      select count(*) from orders.psp_records r
      where ${held(sql)} and r.seen_at < ${ago(sql, chargeGraceSeconds)} ${since(sql, sql`r.changed_at`, within)}
        and not exists (select from orders.orders o where o.public_id = r.order_id)
    ) + (
      select count(*) from orders.orders o
      where o.state not in ('pending_payment', 'cancelled') and o.authorized_at < ${ago(sql, chargeGraceSeconds)}
        ${since(sql, sql`o.authorized_at`, within)}
        and (
          not exists (select from orders.payment_attempts a where a.order_id = o.public_id and a.state = 'approved')
          or not exists (select from orders.order_lines l where l.order_id = o.public_id)
          or (o.authorized_at > now() - ${outboxDays}::int * interval '1 day'
            and not exists (select from orders.outbox x where x.order_id = o.public_id and x.type = 'order.authorized'))
        )
    )`,
  captured_without_order: (sql, { within }) => sql`
    select count(*) from orders.psp_records r left join orders.orders o on o.public_id = r.order_id
    where ${held(sql)} ${within === 'ever' ? sql`` : sql`and ${chargeOrEndSince(sql, within)}`} and (
      (o.public_id is null and r.seen_at < ${ago(sql, chargeGraceSeconds)})
      or (o.state = 'cancelled' and greatest(r.seen_at, o.updated_at) < ${ago(sql, strayGraceSeconds)})
    )`,
  unknown_payment_overdue: (sql) => sql`
    select count(*) from orders.payment_attempts
    where state in ('started', 'unknown') and created_at < ${ago(sql, ageLimitSeconds)}`,
  discrepancy_overdue: (sql) => sql`
    select count(*) from orders.discrepancies d
    left join jsonb_to_recordset(${sql.json(ageLimits as never)}::jsonb) as l (class text, seconds float8) using (class)
    where d.resolved_at is null
      and d.first_seen_at < clock_timestamp() - coalesce(l.seconds, ${ageLimitSeconds}::float8) * interval '1 second'`,
  dead_letter: (sql) =>
    sql`select count(*) from orders.dead_letters where redriven_at is null and dropped_at is null`,
};

/** The charge came since, or the order that it is of was cancelled since. */
export const chargeOrEndSince = (sql: Sql | Tx, within: Exclude<Within, 'ever'>) => sql`
  (r.provider, r.charge_id) in (
    select provider, charge_id from orders.psp_records where changed_at > ${oldest(sql, within)}
    union all
    select c.provider, c.charge_id from orders.orders e join orders.psp_records c on c.order_id = e.public_id
    where e.state = 'cancelled' and e.updated_at > ${oldest(sql, within)}
  )`;

/** One statement, so that every number is of the same moment. */
export function countViolations(db: Database, among: Among): Promise<Record<Invariant, number>> {
  const count = async (sql: Sql | Tx) => {
    const [row] = await sql<Record<Invariant, number>[]>`
      select ${invariants.map(
        (name, i) => sql`${i === 0 ? sql`` : sql`,`} (${countOf[name](sql, among)})::int as ${sql(name)}`,
      )}`;
    return row!;
  };
  if (among.within !== 'ever') return db.query('count violations', count);
  return db.transaction('count violations', async (tx) => {
    await tx`select set_config('statement_timeout', ${`${fullLimitMs}`}, true)`;
    return count(tx);
  });
}

/** One count a call: publishes the invariant gauges, and how many payments are undecided. */
export function createInvariants(
  db: Database,
  instruments: Instruments,
  { startedBeforeMs, outboxDays }: { readonly startedBeforeMs: number; readonly outboxDays: number },
): () => Promise<void> {
  const looks = createLooks();
  return async () => {
    const within = looks.next();
    const violations = await countViolations(db, { within, outboxDays });
    if (invariants.every((invariant) => violations[invariant] === 0)) looks.clean(within);
    for (const invariant of invariants)
      instruments.set(invariantViolations, { invariant }, violations[invariant]);
    await publishUnknown(db, instruments, startedBeforeMs);
  };
}

async function publishUnknown(
  db: Database,
  instruments: Instruments,
  startedBeforeMs: number,
): Promise<void> {
  const [unknown] = await db.query(
    'count unknown payments',
    (sql) => sql<{ attempts: number; oldest_s: number }[]>`
      select count(*)::int as attempts,
        coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as oldest_s
      from orders.payment_attempts
      where state = 'unknown' or (state = 'started' and created_at < ${ago(sql, startedBeforeMs / 1000)})`,
  );
  instruments.set(unknownPayments, {}, unknown!.attempts);
  instruments.set(unknownPaymentAge, {}, unknown!.oldest_s);
}
