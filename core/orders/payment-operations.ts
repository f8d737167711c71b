// Captures and refunds, written down before they are made. The row is the work: a worker claims it for a while, and one
// that dies gives it back by not coming back.
import type { Database, Sql, Tx } from '../db/client.ts';

export interface Operation {
  readonly operation_id: string;
  readonly order_id: string;
  readonly kind: 'capture' | 'refund';
  readonly attempt_id: string;
  readonly provider: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly tries: number;
  /** Of the claim before this one; null when it was never sent. */
  readonly last_sent_ms: number | null;
}

const backoffLimitSeconds = 60;

/**
 * Writes down the capture of an order that is to be sent: all of it, once. False when that is not so any more: no longer
 * authorised, not wanted, in review, or written down already.
 */
export function requestCapture(db: Database, orderId: string): Promise<boolean> {
  return db.query('request capture', async (sql) => {
    const rows = await sql`
      with target as (
        select o.public_id, o.total_minor, o.currency from orders.orders o
        where o.public_id = ${orderId} and ${mayBeCaptured(sql)}
        for update of o
      ),
      -- A capture that was refused for good ended its order; a number keeps a later one apart from it all the same.
      requested as (
        insert into orders.payment_operations (operation_id, order_id, kind, attempt_id, amount_minor, currency, reason)
        select ${orderId.replace(/^ord_/, 'cap_')} || '_' || (1 + (select count(*) from orders.payment_operations p
            where p.order_id = t.public_id and p.kind = 'capture')), t.public_id, 'capture', a.id, a.amount_minor, a.currency, 'fulfilment'
        from target t join orders.payment_attempts a on a.order_id = t.public_id and a.state = 'approved'
        on conflict do nothing
        returning order_id
      )
      update orders.orders o set capture_requested_at = now(), updated_at = clock_timestamp()
      from requested r where o.public_id = r.order_id returning o.id`;
    return rows.length === 1;
  });
}

/** Wanted, not being captured, and nobody doubts the buyer (or somebody did and was satisfied). */
export const mayBeCaptured = (sql: Sql | Tx) => sql`
  o.state = 'authorized' and o.cancel_requested_at is null and o.capture_requested_at is null
  and not exists (select from orders.fraud_reviews f where f.order_id = o.public_id and f.state <> 'accepted')`;

/** Takes up to `limit` operations that are due, oldest first, for `claimMs`; another worker takes others. */
export function claimOperations(db: Database, limit: number, claimMs: number): Promise<Operation[]> {
  return db.query(
    'claim payment operations',
    (sql) => sql<Operation[]>`
      with due as (
        select operation_id, last_sent_at from orders.payment_operations
        where state in ('requested', 'unknown') and next_try_at <= clock_timestamp()
        order by next_try_at limit ${limit}
        for update skip locked
      )
      -- A process that dies from here on has sent it, as far as anyone knows.
      update orders.payment_operations p set state = 'unknown', tries = p.tries + 1, last_sent_at = clock_timestamp(),
        next_try_at = clock_timestamp() + ${claimMs}::float8 * interval '1 millisecond'
      from due d, orders.payment_attempts a
      where p.operation_id = d.operation_id and a.id = p.attempt_id
      returning p.operation_id, p.order_id, p.kind, p.attempt_id, a.provider, p.amount_minor, p.currency, p.tries,
        (extract(epoch from d.last_sent_at) * 1000)::float8 as last_sent_ms`,
  );
}

/** Not decided: later again. `sent` false when this claim sent nothing, or the provider is proven not to have executed it. */
export async function postponeOperation(
  db: Database,
  { operation_id, tries, last_sent_ms }: Operation,
  { sent, failure }: { readonly sent: boolean; readonly failure: string },
): Promise<void> {
  const seconds = Math.min(backoffLimitSeconds, 2 ** Math.min(tries - 1, 6)) * (0.5 + Math.random() / 2);
  const never = !sent && last_sent_ms === null;
  await db.query(
    'postpone payment operation',
    (sql) => sql`
      update orders.payment_operations set failure = ${failure}, next_try_at = clock_timestamp() + ${seconds}::float8 * interval '1 second'
        ${sent ? sql`` : sql`, last_sent_at = ${last_sent_ms === null ? null : new Date(last_sent_ms)}`}
        ${never ? sql`, state = 'requested'` : sql``}
      where operation_id = ${operation_id} and state = 'unknown' and tries = ${tries}`,
  );
}

/** The money has moved; the ledger knows, or a discrepancy says why it cannot. */
export async function finishOperation(db: Database, operationId: string, reference: string): Promise<void> {
  await db.query(
    'finish payment operation',
    (sql) => sql`
      update orders.payment_operations set state = 'done', reference = ${reference}, failure = null,
        settled_at = coalesce(settled_at, now())
      where operation_id = ${operationId}`,
  );
}

/**
 * The provider never will. An order that cannot be captured cannot be kept: the wish to cancel it is written down with the
 * refusal. A refund that cannot be made needs a person.
 */
export async function refuseOperation(db: Database, operation: Operation, failure: string): Promise<void> {
  const { operation_id, order_id, kind } = operation;
  await db.query(
    'refuse payment operation',
    (sql) => sql`
      with refused as (
        update orders.payment_operations set state = 'refused', failure = ${failure}, settled_at = now()
        where operation_id = ${operation_id} and state in ('requested', 'unknown') returning order_id
      ),
      ended as (
        update orders.orders o set capture_requested_at = null, cancel_requested_at = coalesce(cancel_requested_at, now()),
          updated_at = clock_timestamp()
        from refused r where o.public_id = r.order_id and ${kind} = 'capture'
      )
      insert into orders.discrepancies (class, reference, detail)
      select 'refund_refused', ${operation_id}, ${`order ${order_id}, ${failure}`} from refused where ${kind} = 'refund'
      on conflict (class, reference) do nothing`,
  );
}
