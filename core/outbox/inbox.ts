// At-least-once delivery, effect once: a consumer notes the event in the transaction of its effect. An event is done when
// its last consumer has noted it, and that is counted in the same statement: there is no moment between the two to die in.
import { atMost } from '../db/at-most.ts';
import type { Sql, Tx } from '../db/client.ts';

export interface Handled {
  readonly event_id: string;
  /** How many consumers must handle the event before it is done. */
  readonly consumers: number;
}

/**
 * CTEs `noted` and `counted (event_id, age_s)`: what this consumer handles for the first time. `age_s` is null while
 * others still have to.
 */
export function noteHandled(sql: Sql | Tx, consumer: string, events: readonly Handled[]) {
  return sql`
    due as (
      select event_id, consumers
      from jsonb_to_recordset(${sql.json(events as never)}::jsonb) as d (event_id uuid, consumers int)
      limit ${atMost(sql, events.length)}
    ),
    noted as (
      -- In order: two runs with the same events wait for each other in one direction only.
      insert into orders.inbox (consumer, event_id) select ${consumer}, event_id from due order by event_id
      on conflict do nothing returning event_id
    ),
    counted as (
      update orders.outbox o set handled_count = o.handled_count + 1,
        handled_at = case when o.handled_count + 1 >= due.consumers then clock_timestamp() end
      from due
      where o.event_id = due.event_id and due.event_id in (select event_id from noted)
      returning o.event_id, extract(epoch from o.handled_at - o.created_at)::float8 as age_s
    )`;
}

/** For an event without another effect than having been seen. The result: ages of the events that are done now. */
export async function handleEvents(
  sql: Sql | Tx,
  consumer: string,
  events: readonly Handled[],
): Promise<number[]> {
  const rows = await sql<{ age_s: number }[]>`
    with ${noteHandled(sql, consumer, events)}
    select age_s from counted where age_s is not null`;
  return rows.map(({ age_s }) => age_s);
}

export interface FirstTime {
  /** False when this consumer has met the event before: then there is nothing to do. */
  readonly first: boolean;
  /** Age of the event when this consumer was the last of its. */
  readonly age_s: number | null;
}

/** For a consumer with an effect: call it in the transaction of that effect. */
export async function handleOnce(sql: Sql | Tx, consumer: string, event: Handled): Promise<FirstTime> {
  const [row] = await sql<FirstTime[]>`
    with ${noteHandled(sql, consumer, [event])}
    select exists (select from noted) as first, (select age_s from counted) as age_s`;
  return row!;
}
