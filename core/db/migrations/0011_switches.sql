-- Kill switches have an end, a reason and a history that nobody can rewrite.
alter table ops.switches
  add column mode text not null default 'on' check (mode in ('on', 'dry_run')),
  add column reason text not null default '' check (length(reason) <= 500),
  -- One turning on: what it stopped is counted for it alone.
  add column activation uuid not null default gen_random_uuid(),
  add constraint on_has_an_end check (not is_on or expires_at is not null),
  add constraint on_has_a_reason check (not is_on or reason <> ''),
  -- A switch nobody looks at for a day is a shop that was changed without anybody deciding it.
  add constraint ends_within_a_day check (not is_on or expires_at <= changed_at + interval '24 hours');

create table ops.switch_log (
  id bigint generated always as identity primary key,
  dimension text not null,
  value text not null,
  at timestamptz not null default clock_timestamp(),
  changed_by text not null,
  from_state text not null check (from_state in ('off', 'on', 'dry_run')),
  to_state text not null check (to_state in ('off', 'on', 'dry_run')),
  expires_at timestamptz,
  reason text not null
);

-- Written by the database and not by the service: a change made by hand is in the log too, and reaches every process.
create function ops.log_switch() returns trigger language plpgsql security definer set search_path = ops, pg_temp as $$
declare
  before text := 'off';
begin
  if tg_op = 'UPDATE' and old.is_on and old.expires_at > now() then before := old.mode; end if;
  insert into ops.switch_log (dimension, value, changed_by, from_state, to_state, expires_at, reason)
  values (new.dimension, new.value, new.changed_by, before, case when new.is_on then new.mode else 'off' end,
    case when new.is_on then new.expires_at end, new.reason);
  perform pg_notify('switches', '');
  return new;
end $$;
create trigger log_switch after insert or update on ops.switches for each row execute function ops.log_switch();

create function ops.refuse_rewriting() returns trigger language plpgsql as $$
begin
  raise exception 'ops.% is a record: rows are added to it and never changed or removed', tg_table_name;
end $$;
create trigger append_only before update or delete or truncate on ops.switch_log
  for each statement execute function ops.refuse_rewriting();
-- A switch is turned off, never removed: its history would lead nowhere.
create trigger never_removed before delete or truncate on ops.switches
  for each statement execute function ops.refuse_rewriting();

-- What a switch stopped, or would have stopped, summed over all processes.
create table ops.switch_counts (
  activation uuid not null,
  effect text not null check (effect in ('stopped', 'would_stop')),
  decisions bigint not null default 0 check (decisions >= 0),
  last_at timestamptz not null default now(),
  primary key (activation, effect)
);

grant select on ops.switch_log, ops.switch_counts to headroom_checkout, headroom_orders, headroom_workers;
grant insert, update on ops.switches to headroom_orders;
grant insert, update on ops.switch_counts to headroom_checkout, headroom_orders;
