-- Queues, dead letters and reconciliation: written by the workers.

-- How many consumers have handled the event; the one that makes it as many as there are also sets handled_at.
alter table orders.outbox add column handled_count smallint not null default 0;
update orders.outbox o set handled_count = (select count(*) from orders.inbox i where i.event_id = o.event_id) where handled_at is null;
drop index orders.outbox_unhandled;
create index outbox_unhandled on orders.outbox (id) where handled_at is null;

-- A letter is driven again or dropped, by somebody, for a reason; it is never deleted.
alter table orders.dead_letters
  add column redriven_by text,
  add column dropped_at timestamptz,
  add column dropped_by text,
  add column dropped_why text,
  add constraint dropped_by_somebody check (dropped_at is null or (dropped_by <> '' and dropped_why <> ''));
create index dead_letters_open on orders.dead_letters (id) where redriven_at is null and dropped_at is null;
create index dead_letters_event on orders.dead_letters (event_id) where redriven_at is null;

-- What the provider's books say of money that moved after the authorisation, one row an operation.
alter table orders.psp_records add column changed_at timestamptz not null default now();
create index psp_records_changed on orders.psp_records (changed_at);
create index psp_records_attempt on orders.psp_records (attempt_id);
create table orders.psp_operations (
  provider text not null,
  -- The provider's own id of it. Our idempotency key is operation_id: a provider that does not know keys may have two of one.
  reference text not null,
  kind text not null check (kind in ('capture', 'refund', 'dispute', 'chargeback', 'chargeback_reversal')),
  operation_id text not null,
  charge_id text not null,
  attempt_id text not null,
  order_id text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  provider_created_at timestamptz not null,
  seen_at timestamptz not null default now(),
  primary key (provider, reference, kind)
);
create index psp_operations_attempt on orders.psp_operations (attempt_id);
create index psp_operations_order on orders.psp_operations (order_id);
create index psp_operations_operation on orders.psp_operations (provider, operation_id);
create index psp_operations_seen on orders.psp_operations (seen_at);

-- Settlement files as imported: a file once by its hash, a line once by its key, whatever file it comes in.
create table orders.settlement_files (
  provider text not null,
  file_id text not null,
  sha256 text not null,
  currency text not null,
  lines int not null,
  -- When the oldest movement in it was made.
  oldest_at timestamptz,
  -- The file's own last row, beside what its lines add up to.
  stated_lines int not null,
  stated_total_minor bigint not null,
  stated_net_minor bigint not null,
  sum_minor bigint not null,
  sum_net_minor bigint not null,
  created_at timestamptz not null,
  imported_at timestamptz not null default now(),
  primary key (provider, file_id),
  unique (provider, sha256)
);
create table orders.settlement_lines (
  provider text not null,
  line_key text not null,
  file_id text not null,
  line_no int not null,
  type text not null check (type in ('capture', 'refund', 'chargeback', 'chargeback_reversal')),
  charge_id text not null,
  operation_id text not null,
  attempt_id text not null,
  order_id text not null,
  amount_minor bigint not null,
  currency text not null,
  fee_minor bigint not null,
  -- By the schedule of the day it was imported.
  agreed_fee_minor bigint not null,
  net_minor bigint not null,
  at timestamptz not null,
  imported_at timestamptz not null default now(),
  primary key (provider, line_key),
  foreign key (provider, file_id) references orders.settlement_files (provider, file_id)
);
create index settlement_lines_operation on orders.settlement_lines (provider, operation_id);
create index settlement_lines_attempt on orders.settlement_lines (attempt_id);
create index settlement_lines_imported on orders.settlement_lines (imported_at);
alter table orders.psp_cursors
  add column settlement_cursor bigint not null default 0,
  -- Everything the provider said up to here has been read.
  add column read_until timestamptz;

alter table orders.discrepancies
  -- The attempt or settlement file it is about, of what is found by comparing: looked at again until it is gone.
  add column subject text,
  add column last_seen_at timestamptz not null default now(),
  -- "gone" or "healed" when it went by itself: then it opens again when it comes again. A person's words are final.
  add column resolution text;
create index discrepancies_open on orders.discrepancies (class, first_seen_at) where resolved_at is null;

-- What was written lately, for comparing it: next to nothing to keep, because time and place on disk agree.
create index payment_ledger_recent on orders.payment_ledger using brin (created_at);
create index orders_authorized_recently on orders.orders using brin (authorized_at);
create index orders_cancelled_recently on orders.orders (updated_at) where state = 'cancelled';

grant select on orders.psp_operations, orders.settlement_files, orders.settlement_lines to headroom_orders, headroom_workers;
grant insert, update on orders.psp_operations, orders.settlement_files, orders.settlement_lines to headroom_workers;
-- A payment found late takes its stock again, and from wherever there is some.
grant update on orders.order_lines to headroom_workers;
