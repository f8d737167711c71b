// Compares orders, ledger, providers' books and settlement files, in one statement and so at one moment: what disagrees is
// opened, what disagreed and does not any more is closed.
//
// Looked at is what changed lately and what is open. What only time brings about (a capture that is still not settled) and
// what changed behind our back is found by a full comparison, once an hour.
import type { Database, Tx } from '../../core/db/client.ts';
import type { Instruments } from '../../core/telemetry/instruments.ts';
import {
  discrepancyClasses,
  discrepancyRatio,
  openDiscrepancies,
} from '../../core/telemetry/metrics/invariants.ts';
import { checks } from './checks.ts';
import { settlementTerms } from './classes.ts';

/** Longer than every tolerance in seconds, and than a few comparisons may fail. */
const lately = 600;
const fullEveryMs = 3_600_000;
/** A full comparison reads whole tables. */
const fullLimitMs = 120_000;

export interface Compared {
  /** False when another worker was at it. */
  readonly done: boolean;
  readonly opened: number;
  readonly closed: number;
}

/** One comparison a call; the first of a process is a full one, because nobody knows what came before it. */
export function createComparison(db: Database, instruments: Instruments): () => Promise<Compared> {
  let fullAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const full = performance.now() - fullAt >= fullEveryMs;
    const compared = await compareBooks(db, full);
    if (compared.done && full) fullAt = performance.now();
    await publishDiscrepancies(db, instruments);
    return compared;
  };
}

export function compareBooks(db: Database, full: boolean): Promise<Compared> {
  return db.transaction('compare books', async (tx) => {
    const [lock] = await tx<{ mine: boolean }[]>`
      select pg_try_advisory_xact_lock(hashtextextended('compare books', 0)) as mine`;
    if (!lock!.mine) return { done: false, opened: 0, closed: 0 };
    if (full) await tx`select set_config('statement_timeout', ${`${fullLimitMs}`}, true)`;
    const [row] = await statement(tx, full);
    return { done: true, ...row! };
  });
}

const statement = (sql: Tx, full: boolean) => sql<{ opened: number; closed: number }[]>`
  with terms as (
    select * from jsonb_to_recordset(${sql.json(terms as never)}::jsonb)
      as t (provider text, cut_off int, zone text, settled_within int, late_after int)
  ),
  open as (
    select subject from orders.discrepancies where resolved_at is null and class = any(${found}::text[])
  ),
  scope as materialized (${full ? everything(sql) : recent(sql)}),
  files as materialized (
    select provider, file_id from orders.settlement_files
    where ${full} or imported_at > ${since(sql)} or provider || '/' || file_id in (select subject from open)
  ),
  found as materialized (
    select distinct on (class, reference) class, reference, subject, detail from (
      ${Object.entries(checks).map(
        ([name, check], i) => sql`
          ${i === 0 ? sql`` : sql`union all`}
          select ${name}::text as class, c.* from (${check(sql)}) as c (reference, subject, detail)`,
      )}
    ) each
    order by class, reference
  ),
  opened as (
    insert into orders.discrepancies as d (class, reference, subject, detail)
    select class, reference, subject, detail from found order by class, reference
    on conflict (class, reference) do update set detail = excluded.detail, subject = excluded.subject, last_seen_at = now(),
      first_seen_at = case when d.resolved_at is null then d.first_seen_at else now() end, resolved_at = null, resolution = null
    -- What a person resolved stays resolved, however long the books go on to disagree.
    where d.resolved_at is null or d.resolution in ('gone', 'healed')
    returning first_seen_at = now() as new
  ),
  closed as (
    update orders.discrepancies d set resolved_at = now(), resolution = 'gone'
    where d.resolved_at is null and d.class = any(${found}::text[])
      and not exists (select from found f where f.class = d.class and f.reference = d.reference)
    returning 1
  )
  select (select count(*)::int from opened where new) as opened, (select count(*)::int from closed) as closed`;

const found = Object.keys(checks);
const terms = Object.entries(settlementTerms).map(([provider, each]) => ({
  provider,
  cut_off: each.cutOff.hour,
  zone: each.cutOff.timeZone,
  settled_within: each.settledWithinDays,
  late_after: each.lateAfterDays,
}));

const since = (sql: Tx) => sql`now() - ${lately}::int * interval '1 second'`;

// Whatever is open is looked at each time, so that what is not found any more is gone.
const recent = (sql: Tx) => sql`
  select attempt_id from orders.payment_ledger where created_at > ${since(sql)}
  union select attempt_id from orders.psp_records where changed_at > ${since(sql)}
  union select attempt_id from orders.psp_operations where seen_at > ${since(sql)}
  union select attempt_id from orders.settlement_lines where imported_at > ${since(sql)}
  union select subject from open`;
const everything = (sql: Tx) => sql`
  select attempt_id from orders.payment_ledger
  union select attempt_id from orders.psp_records
  union select attempt_id from orders.psp_operations
  union select attempt_id from orders.settlement_lines
  union select subject from open`;

async function publishDiscrepancies(db: Database, instruments: Instruments): Promise<void> {
  const rows = await db.query(
    'count discrepancies',
    (sql) => sql<{ class: string; open: number }[]>`
      select class, count(*)::int as open from orders.discrepancies where resolved_at is null group by class`,
  );
  for (const name of discrepancyClasses)
    instruments.set(openDiscrepancies, { class: name }, rows.find((row) => row.class === name)?.open ?? 0);
  const [hour] = await db.query(
    'discrepancy ratio',
    (sql) => sql<{ found: number; came: number }[]>`
      select (select count(*)::int from orders.discrepancies where first_seen_at > now() - interval '1 hour') as found,
        (select count(*) from orders.psp_records where changed_at > now() - interval '1 hour')::int
          + (select count(*) from orders.psp_operations where seen_at > now() - interval '1 hour')::int
          + (select count(*) from orders.settlement_lines where imported_at > now() - interval '1 hour')::int as came`,
  );
  const { found: seen, came } = hour!;
  instruments.set(discrepancyRatio, {}, seen === 0 ? 0 : Math.min(1, seen / Math.max(1, came)));
}
