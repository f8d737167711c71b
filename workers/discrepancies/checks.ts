// What disagrees, as SQL over what is looked at: `scope (attempt_id)` and `files (provider, file_id)`, both CTEs of the
// statement these become part of (compare.ts), beside `terms` of each provider. Each check lists reference, subject, detail.
//
// "Not in the books" counts only past `read_until`: what the provider has not told yet is not missing.
import type postgres from 'postgres';
import type { Sql as Connection, Tx } from '../../core/db/client.ts';
import { type DiscrepancyClass, toleratedMinor, toleratedSeconds } from './classes.ts';

type Fragment = postgres.Fragment;
type Sql = Connection | Tx;

/** Of an attempt nobody knows the end of: reconciliation has asked about it for minutes. */
const unknownAfterSeconds = 300;

const ago = (sql: Sql, seconds: number) => sql`clock_timestamp() - ${seconds}::float8 * interval '1 second'`;
const told = (sql: Sql, name: DiscrepancyClass) => ago(sql, toleratedSeconds(name));
/** The books were read to the end after this was written. */
const readSince = (sql: Sql, column: Fragment, name: DiscrepancyClass) =>
  sql`${column} < c.read_until - ${toleratedSeconds(name)}::float8 * interval '1 second'`;

const operation = (sql: Sql) => sql`p.provider || ' ' || p.operation_id`;
const charge = (sql: Sql) => sql`r.provider || ' ' || r.charge_id`;
const line = (sql: Sql) => sql`t.provider || ' ' || t.line_key`;
const file = (sql: Sql) => sql`f.provider || '/' || f.file_id`;
const ledgerKind = (sql: Sql) => sql`
  case p.kind when 'capture' then 'captured' when 'refund' then 'refunded' when 'chargeback' then 'charged_back'
    when 'chargeback_reversal' then 'chargeback_reversed' end`;

/** Of book operation `p`: our order knows nothing of it, not even as something that came too early. */
export const untold = (sql: Sql) => sql`
  not exists (select from orders.payment_ledger l where l.operation_id = p.operation_id and l.kind = ${ledgerKind(sql)})
  and not exists (select from orders.order_events e where e.order_id = p.order_id and e.event_id = ${eventId(sql)})
  and not exists (select from orders.parked_events e where e.order_id = p.order_id and e.event_id = ${eventId(sql)})`;
/** As core/contracts/payment-event-id.ts names it. */
const eventId = (sql: Sql) => sql`
  case when p.kind in ('capture', 'refund') then 'operation:' || p.operation_id
    else 'psp:' || p.operation_id || ':dispute.'
      || case p.kind when 'dispute' then 'notice' when 'chargeback' then 'lost' else 'won' end end`;
const ours = (sql: Sql) => sql`
  exists (select from orders.payment_attempts a where a.id = p.attempt_id and a.order_id = p.order_id)`;
const untoldSince = (sql: Sql, kinds: readonly string[], name: DiscrepancyClass) => sql`
  select ${operation(sql)} as reference, p.attempt_id as subject, p.kind || ' not told to order ' || p.order_id as detail
  from scope s join orders.psp_operations p on p.attempt_id = s.attempt_id
  where p.kind = any(${kinds as string[]}::text[]) and p.seen_at < ${told(sql, name)} and ${ours(sql)} and ${untold(sql)}`;

/** What our ledger says moved and the books, read since, do not. */
const notInBooks = (sql: Sql, kind: 'captured' | 'refunded', name: DiscrepancyClass) => sql`
  select a.provider || ' ' || l.operation_id, l.attempt_id, l.kind || ' for order ' || l.order_id || ', not in the books'
  from scope s join orders.payment_ledger l on l.attempt_id = s.attempt_id
  join orders.payment_attempts a on a.id = l.attempt_id
  join orders.psp_cursors c on c.provider = a.provider
  where l.kind = ${kind} and ${readSince(sql, sql`l.created_at`, name)}
    and not exists (select from orders.psp_operations p where p.operation_id = l.operation_id and p.provider = a.provider)`;

/** Settlement lines that lead to nothing in the books. */
const notOperated = (sql: Sql, types: readonly string[], name: DiscrepancyClass) => sql`
  select ${line(sql)} as reference, t.attempt_id as subject, t.type || ' in ' || t.file_id || ', not in the books' as detail
  from scope s join orders.settlement_lines t on t.attempt_id = s.attempt_id
  join orders.psp_cursors c on c.provider = t.provider
  where t.type = any(${types as string[]}::text[]) and ${readSince(sql, sql`t.imported_at`, name)}
    and not exists (select from orders.psp_operations p
      where p.provider = t.provider and p.operation_id = t.operation_id and p.kind = t.type)`;

const records = (sql: Sql) => sql`
  scope s join orders.psp_records r on r.attempt_id = s.attempt_id join orders.payment_attempts a on a.id = r.attempt_id`;
const bookedOperations = (sql: Sql) => sql`
  scope s join orders.psp_operations p on p.attempt_id = s.attempt_id
  join orders.payment_ledger l on l.operation_id = p.operation_id and l.kind = ${ledgerKind(sql)}`;
const settledOperations = (sql: Sql) => sql`
  scope s join orders.settlement_lines t on t.attempt_id = s.attempt_id
  join orders.settlement_files f on f.provider = t.provider and f.file_id = t.file_id
  join orders.psp_operations p on p.provider = t.provider and p.operation_id = t.operation_id and p.kind = t.type`;

/** Found by comparing, and closed by comparing when it is gone. The other classes are noted by whoever meets them. */
export const checks = {
  paid_without_record: (sql) => sql`
    select l.attempt_id as reference, l.attempt_id as subject, 'order ' || l.order_id as detail
    from scope s join orders.payment_ledger l on l.attempt_id = s.attempt_id
    join orders.payment_attempts a on a.id = l.attempt_id
    join orders.psp_cursors c on c.provider = a.provider
    where l.kind = 'authorized' and ${readSince(sql, sql`l.created_at`, 'paid_without_record')}
      and not exists (select from orders.psp_records r where r.attempt_id = l.attempt_id)`,
  orphan_charge: (sql) => sql`
    select ${charge(sql)}, r.attempt_id, 'order ' || r.order_id
    from scope s join orders.psp_records r on r.attempt_id = s.attempt_id
    where r.state in ('authorized', 'captured') and r.changed_at < ${told(sql, 'orphan_charge')}
      and not exists (select from orders.payment_attempts a where a.id = r.attempt_id and a.order_id = r.order_id)`,
  duplicate_capture: (sql) => sql`
    select p.order_id, min(p.attempt_id), count(*) || ' captures' from orders.psp_operations p
    where p.kind = 'capture'
      and p.order_id in (select o.order_id from scope s join orders.psp_operations o on o.attempt_id = s.attempt_id)
    group by p.order_id having count(*) > 1`,
  amount_mismatch: (sql) => sql`
    select ${charge(sql)}, r.attempt_id, format('%s authorised, %s in the books', a.amount_minor, r.amount_minor)
    from ${records(sql)} where abs(r.amount_minor - a.amount_minor) > ${toleratedMinor('amount_mismatch')}
    union all
    select ${operation(sql)} || ' ' || p.kind, p.attempt_id, format('%s in the ledger, %s in the books', l.amount_minor, p.amount_minor)
    from ${bookedOperations(sql)} where abs(p.amount_minor - l.amount_minor) > ${toleratedMinor('amount_mismatch')}
    union all
    select ${line(sql)}, t.attempt_id, format('%s in the books, %s settled', p.amount_minor, t.amount_minor)
    from ${settledOperations(sql)} where abs(abs(t.amount_minor) - p.amount_minor) > ${toleratedMinor('amount_mismatch')}`,
  currency_mismatch: (sql) => sql`
    select ${charge(sql)}, r.attempt_id, a.currency || ' authorised, ' || r.currency || ' in the books'
    from ${records(sql)} where r.currency <> a.currency
    union all
    select ${operation(sql)} || ' ' || p.kind, p.attempt_id, l.currency || ' in the ledger, ' || p.currency || ' in the books'
    from ${bookedOperations(sql)} where p.currency <> l.currency
    union all
    select ${line(sql)}, t.attempt_id, t.currency || ' in a file of ' || f.currency
    from ${settledOperations(sql)} where t.currency <> f.currency`,
  fx_variance: (sql) => sql`
    select ${line(sql)}, t.attempt_id, p.currency || ' captured, ' || t.currency || ' settled'
    from ${settledOperations(sql)} where t.currency = f.currency and t.currency <> p.currency`,
  captured_not_settled: (sql) => sql`
    select ${operation(sql)}, p.attempt_id, 'captured ' || p.provider_created_at
    from scope s join orders.psp_operations p on p.attempt_id = s.attempt_id join terms on terms.provider = p.provider
    where p.kind = 'capture' and clock_timestamp() > terms.settled_within * interval '1 day'
        + (date_trunc('day', (p.provider_created_at at time zone terms.zone) - terms.cut_off * interval '1 hour')
          + interval '1 day' + terms.cut_off * interval '1 hour') at time zone terms.zone
      and not exists (select from orders.settlement_lines t
        where t.provider = p.provider and t.operation_id = p.operation_id and t.type = 'capture')`,
  settled_not_captured: (sql) => notOperated(sql, ['capture'], 'settled_not_captured'),
  refund_missing: (sql) => sql`
    ${notInBooks(sql, 'refunded', 'refund_missing')}
    union all ${untoldSince(sql, ['refund'], 'refund_missing')}
    union all ${notOperated(sql, ['refund'], 'refund_missing')}`,
  refund_exceeds_capture: (sql) => sql`
    select p.provider || ' ' || p.charge_id, min(p.attempt_id), 'captured and refunded: ' || string_agg(p.kind || ' ' || p.amount_minor, ', ')
    from scope s join orders.psp_operations p on p.attempt_id = s.attempt_id
    where p.kind in ('capture', 'refund') group by p.provider, p.charge_id
    having sum(case p.kind when 'refund' then p.amount_minor else -p.amount_minor end) > ${toleratedMinor('refund_exceeds_capture')}`,
  chargeback_unlinked: (sql) => sql`
    ${notOperated(sql, ['chargeback', 'chargeback_reversal'], 'chargeback_unlinked')}
    union all ${untoldSince(sql, ['dispute', 'chargeback', 'chargeback_reversal'], 'chargeback_unlinked')}
    union all
    select ${operation(sql)} || ' ' || p.kind, p.attempt_id, 'of order ' || p.order_id || ', which is not ours'
    from scope s join orders.psp_operations p on p.attempt_id = s.attempt_id
    where p.kind in ('dispute', 'chargeback', 'chargeback_reversal') and not ${ours(sql)}`,
  // Where the amounts disagree the fee is of the other amount, and that is told already.
  fee_off_schedule: (sql) => sql`
    select ${line(sql)}, t.attempt_id, format('%s agreed, %s kept', t.agreed_fee_minor, t.fee_minor)
    from ${settledOperations(sql)}
    where abs(t.amount_minor) = p.amount_minor and abs(t.fee_minor - t.agreed_fee_minor) > ${toleratedMinor('fee_off_schedule')}`,
  batch_total_mismatch: (sql) => sql`
    select ${file(sql)}, ${file(sql)}, format('%s stated, %s summed', f.stated_total_minor, f.sum_minor)
    from files join orders.settlement_files f using (provider, file_id)
    where greatest(abs(f.stated_total_minor - f.sum_minor), abs(f.stated_net_minor - f.sum_net_minor))
        > ${toleratedMinor('batch_total_mismatch')} or f.stated_lines <> f.lines`,
  late_file: (sql) => sql`
    select ${file(sql)}, ${file(sql)}, 'from ' || f.created_at || ', oldest movement of ' || f.oldest_at
    from files join orders.settlement_files f using (provider, file_id) join terms on terms.provider = f.provider
    where f.oldest_at < f.created_at - terms.late_after * interval '1 day'`,
  status_drift: (sql) => sql`
    select a.id, a.id, a.state || ' since ' || a.created_at from orders.payment_attempts a
    where a.state in ('started', 'unknown') and a.created_at < ${ago(sql, unknownAfterSeconds)}
    union all
    select ${charge(sql)}, a.id, a.state || ' here, ' || r.state || ' in the books'
    from ${records(sql)} join orders.orders o on o.public_id = a.order_id
    where a.provider = r.provider and r.changed_at < ${told(sql, 'status_drift')}
      and case when r.state in ('authorized', 'captured') then a.state in ('declined', 'voided', 'not_executed')
        else a.state = 'approved' and o.state not in ('cancelled', 'refunded', 'chargeback') and not exists (
          select from orders.psp_records other where other.attempt_id = a.id and other.state in ('authorized', 'captured')) end
    union all ${untoldSince(sql, ['capture'], 'status_drift')}
    union all ${notInBooks(sql, 'captured', 'status_drift')}`,
} as const satisfies Partial<Readonly<Record<DiscrepancyClass, (sql: Sql) => Fragment>>>;
