// Kill switches in PostgreSQL. Whatever changes one here is logged, and told to every process, by a trigger.
import type { Database, Sql } from '../db/client.ts';
import type { Dimension, Mode, Switch } from './switch.ts';

export type ActiveRow = Omit<Switch, 'endsAt'> & { readonly remaining_ms: number };

/** Time left instead of a time of day: the clocks of two machines need not agree. */
export const readActive = (sql: Sql) => sql<ActiveRow[]>`
  select dimension, value, mode, activation, (extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as remaining_ms
  from ops.switches where is_on and expires_at > clock_timestamp()
  order by dimension, value`;

export interface Change {
  readonly dimension: Dimension;
  readonly value: string;
  readonly by: string;
  readonly why: string;
}

/** Again with the same mode it is the same activation with a new end, and goes on counting. */
export async function turnOn(db: Database, change: Change, mode: Mode, forSeconds: number): Promise<void> {
  await db.query(
    'turn switch on',
    (sql) => sql`
      insert into ops.switches as s (dimension, value, is_on, mode, reason, changed_by, changed_at, expires_at)
      values (${change.dimension}, ${change.value}, true, ${mode}, ${change.why}, ${change.by}, now(),
        now() + make_interval(secs => ${forSeconds}::int))
      on conflict (dimension, value) do update set is_on = true, mode = excluded.mode, reason = excluded.reason,
        changed_by = excluded.changed_by, changed_at = excluded.changed_at, expires_at = excluded.expires_at,
        activation = case when s.is_on and s.mode = excluded.mode and s.expires_at > now()
          then s.activation else excluded.activation end`,
  );
}

/** False when it was off already. */
export async function turnOff(db: Database, change: Change): Promise<boolean> {
  const rows = await db.query(
    'turn switch off',
    (sql) => sql`
      update ops.switches set is_on = false, reason = ${change.why}, changed_by = ${change.by}, changed_at = now()
      where dimension = ${change.dimension} and value = ${change.value} and is_on and expires_at > now()
      returning 1`,
  );
  return rows.length > 0;
}

export interface Counted {
  readonly activation: string;
  readonly effect: 'stopped' | 'would_stop';
  readonly decisions: number;
}

/** In one order of rows, so that two processes that add at once do not wait for each other in a ring. */
export async function addCounts(sql: Sql, counts: readonly Counted[]): Promise<void> {
  const column = <K extends keyof Counted>(name: K) => counts.map((row) => row[name]);
  await sql`
    insert into ops.switch_counts as c (activation, effect, decisions)
    select * from unnest(${column('activation')}::uuid[], ${column('effect')}::text[], ${column('decisions')}::bigint[])
      as d (activation, effect, decisions) order by activation, effect
    on conflict (activation, effect) do update set decisions = c.decisions + excluded.decisions, last_at = now()`;
}

export interface SwitchView {
  readonly dimension: Dimension;
  readonly value: string;
  readonly state: Mode | 'expired' | 'off';
  readonly reason: string;
  readonly changed_by: string;
  readonly changed_at: Date;
  readonly expires_at: Date | null;
  readonly stopped: number;
  readonly would_stop: number;
}

/** Those that are on first, then the last that were. */
export const listSwitches = (db: Database): Promise<SwitchView[]> =>
  db.query(
    'list switches',
    (sql) => sql<SwitchView[]>`
      select s.dimension, s.value, s.reason, s.changed_by, s.changed_at, s.expires_at,
        case when not s.is_on then 'off' when s.expires_at <= now() then 'expired' else s.mode end as state,
        coalesce(sum(c.decisions) filter (where c.effect = 'stopped'), 0)::bigint as stopped,
        coalesce(sum(c.decisions) filter (where c.effect = 'would_stop'), 0)::bigint as would_stop
      from ops.switches s left join ops.switch_counts c on c.activation = s.activation
      group by s.dimension, s.value
      order by (s.is_on and s.expires_at > now()) desc, s.changed_at desc limit 200`,
  );

export interface LogRow {
  readonly dimension: Dimension;
  readonly value: string;
  readonly at: Date;
  readonly changed_by: string;
  readonly from_state: 'off' | Mode;
  readonly to_state: 'off' | Mode;
  readonly expires_at: Date | null;
  readonly reason: string;
}

export const readLog = (db: Database): Promise<LogRow[]> =>
  db.query(
    'read switch log',
    (sql) => sql<LogRow[]>`
      select dimension, value, at, changed_by, from_state, to_state, expires_at, reason
      from ops.switch_log order by id desc limit 200`,
  );
