// Events leave in the transaction of what they tell: written beside it, published later by a relay, at least once.
import { randomUUID } from 'node:crypto';
import type { Envelope, OrderEventV1 } from '../contracts/events.ts';
import type { Sql, Tx } from '../db/client.ts';
import { activeTraceparent } from '../telemetry/tracing.ts';

/** The notification objective: a confirmation is late 60 s after the order. */
const handledWithinMs = 60_000;

export interface OutboxRow {
  readonly id: number;
  readonly envelope: Envelope;
  readonly created_at_ms: number;
}

/** CTE `announced`: one event for the order in the CTE `moved (order_id)`; its trace is the active span's. */
export function announce(
  sql: Sql | Tx,
  type: OrderEventV1['type'],
  orderId: string,
  subjectId?: string | undefined,
) {
  const event: OrderEventV1 = {
    version: 1,
    event_id: randomUUID(),
    type,
    order_id: orderId,
    ...(subjectId === undefined ? {} : { subject_id: subjectId }),
    occurred_at_ms: Date.now(),
  };
  return sql`
    announced as (
      insert into orders.outbox (event_id, type, order_id, payload, traceparent, correlation_id, deadline_at)
      select ${event.event_id}::uuid, ${type}::text, order_id, ${sql.json(event as never)}::jsonb,
        ${activeTraceparent()}::text, order_id, now() + ${handledWithinMs}::int * interval '1 millisecond'
      from moved
    )`;
}

/** Locks up to `size` unpublished rows, oldest first; another relay takes the next ones. Publish and mark in `tx`. */
export async function claimBatch(tx: Tx, size: number): Promise<OutboxRow[]> {
  // Never "id > last seen": ids are handed out before commit, so a smaller one may appear later.
  const rows = await tx<
    {
      id: number;
      payload: OrderEventV1;
      traceparent: string | null;
      correlation_id: string;
      deadline_ms: number;
      created_at_ms: number;
    }[]
  >`
    select id, payload, traceparent, correlation_id,
      (extract(epoch from deadline_at) * 1000)::float8 as deadline_ms,
      (extract(epoch from created_at) * 1000)::float8 as created_at_ms
    from orders.outbox where published_at is null
    order by id limit ${size}
    for update skip locked`;
  return rows.map(({ id, payload, created_at_ms, ...rest }) => ({
    id,
    created_at_ms,
    envelope: { event: payload, ...rest },
  }));
}

export async function markPublished(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx`update orders.outbox set published_at = now() where id = any(${ids as number[]}::bigint[])`;
}
