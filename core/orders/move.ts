// The statement that moves an order: event, state, attempt, ledger, stock, stored answer and outbox row, or nothing.
// It is guarded by the state the caller decided on, so it may be tried on a guess.
import type { OrderEventV1 } from '../contracts/events.ts';
import type { Sql, Tx } from '../db/client.ts';
import { release } from '../inventory/release.ts';
import { announce } from '../outbox/outbox.ts';
import type { OrderEventType, OrderState } from './order.ts';
import type { AttemptState } from './payment-effect.ts';
import type { StoredAnswer } from './settled-answer.ts';

export interface Move {
  readonly orderId: string;
  readonly attemptId: string;
  readonly eventId: string;
  readonly event: OrderEventType;
  readonly from: OrderState;
  readonly to: OrderState;
  readonly attemptFrom: readonly AttemptState[];
  readonly attemptTo: AttemptState;
  /** As the caller knows the attempt: whether its end leaves the order open decides what was decided. */
  readonly retryable: boolean;
  readonly ledger: 'authorized' | null;
  readonly announces: OrderEventV1['type'] | null;
  /** Told to whoever retries the submission; the first answer stored stays. */
  readonly answer: StoredAnswer | null;
  readonly providerReference: string | null;
  readonly reason: string | null;
}

/** What a moved order announces. Nobody waits for news of an order that goes on being pending. */
export const announcementOf = (to: OrderState): OrderEventV1['type'] | null =>
  to === 'authorized' ? 'order.authorized' : to === 'cancelled' ? 'order.cancelled' : null;

export interface Moved {
  readonly total_minor: number;
  readonly currency: string;
  readonly voided: number;
}

/** null when the order is not `from`, the attempt is not in `attemptFrom`, the hold lapsed, or the event is there already. */
export async function moveOrder(sql: Sql | Tx, move: Move): Promise<Moved | null> {
  const cancels = move.to === 'cancelled';
  const authorizes = move.to === 'authorized';
  const payload = { attempt_id: move.attemptId, reason: move.reason };
  const [row] = await sql<Moved[]>`
    with target as (
      -- Whoever pays a waiting order has a key of their own, and waits for this attempt's end under it.
      select o.public_id as order_id, o.total_minor, o.currency, a.amount_minor,
        coalesce(a.idempotency_scope, o.idempotency_scope) as idempotency_scope,
        coalesce(a.idempotency_key, o.idempotency_key) as idempotency_key
      from orders.orders o join orders.payment_attempts a on a.order_id = o.public_id
      where o.public_id = ${move.orderId} and a.id = ${move.attemptId}
        and o.state = ${move.from} and a.state = any(${move.attemptFrom as string[]}::text[])
        and a.retryable = ${move.retryable}
        ${authorizes ? sql`and o.hold_lapsed_at is null` : sql``}
      for update of o, a
    ),
    holder as (
      -- The clock after the order's row was locked: now() is when the statement began, before it waited its turn.
      insert into orders.order_events (order_id, event_id, type, from_state, to_state, payload, created_at)
      select order_id, ${move.eventId}, ${move.event}, ${move.from}, ${move.to}, ${sql.json(payload)}::jsonb,
        clock_timestamp()
      from target
      on conflict do nothing
      returning order_id
    ),
    ${cancels ? sql`${release(sql)},` : sql``}
    moved as (
      update orders.orders o set state = ${move.to}, updated_at = clock_timestamp()
        ${authorizes ? sql`, authorized_at = now()` : sql``}
      from holder h
        -- Stock goes back before the cart is free again: a new order of it waits for this row while it holds stock.
        ${cancels ? sql`, (select count(*) from returned) done` : sql``}
      where o.public_id = h.order_id
      returning o.public_id as order_id
    ),
    paid as (
      update orders.payment_attempts a set state = ${move.attemptTo}, reason = coalesce(${move.reason}::text, reason),
        provider_reference = coalesce(${move.providerReference}::text, provider_reference)
        ${afterAttempt(sql, move.attemptTo)}
      from moved m where a.id = ${move.attemptId} and a.order_id = m.order_id
    )
    ${move.ledger === null ? sql`` : sql`, ${ledgerEntry(sql, move.attemptId, move.ledger)}`}
    ${move.announces === null ? sql`` : sql`, ${announce(sql, move.announces, move.orderId)}`}
    ${move.answer === null ? sql`` : sql`, ${storeAnswer(sql, move.answer)}`}
    select t.total_minor, t.currency, ${cancels ? sql`(select count(*)::int from freed)` : sql`0`} as voided
    from target t join moved using (order_id)`;
  return row ?? null;
}

function afterAttempt(sql: Sql | Tx, to: AttemptState) {
  if (to === 'unknown') return sql``;
  // From here on the buyer decides, and may decide for another method.
  return to === 'action_required' ? sql`, retryable = true` : sql`, resolved_at = now()`;
}

const ledgerEntry = (sql: Sql | Tx, attemptId: string, kind: 'authorized') => sql`
  entered as (
    insert into orders.payment_ledger (order_id, attempt_id, kind, amount_minor, currency)
    select t.order_id, ${attemptId}, ${kind}, t.amount_minor, t.currency from target t join moved using (order_id)
    on conflict (attempt_id, kind) where operation_id is null do nothing
  )`;

const storeAnswer = (sql: Sql | Tx, answer: StoredAnswer) => sql`
  answered as (
    update orders.idempotency_keys k
    set recovery_point = 'finished', status = ${answer.status}::int, body = ${sql.json(answer.body as never)}::jsonb
    from target t join moved using (order_id)
    where k.scope = t.idempotency_scope and k.key = t.idempotency_key
      -- Not "= 'placed'": that would be looked up among the open keys, with every key that ended since the last vacuum.
      and k.recovery_point <> 'finished'
  )`;
