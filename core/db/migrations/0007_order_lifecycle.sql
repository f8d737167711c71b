-- What follows an authorisation: capture, parcels, refunds, returns, disputes, and the way back out of each failure.

-- A parcel handed over may be the last or not, and a dispute that is won leads back to where the order was: one state
-- and one event can lead to several states. The unique key of all three, which order_events refers to, stays.
alter table orders.legal_transitions drop constraint legal_transitions_pkey;
insert into orders.legal_transitions (from_state, event, to_state) values
  ('pending_payment', 'order.cancelled', 'pending_payment'),
  ('captured', 'order.cancelled', 'captured'),
  ('partially_refunded', 'order.cancelled', 'partially_refunded'),
  ('cancelled', 'payment.captured', 'cancelled'),
  ('cancelled', 'refund.partial', 'cancelled'),
  ('cancelled', 'refund.completed', 'cancelled'),
  ('partially_fulfilled', 'shipment.created', 'partially_fulfilled'),
  ('partially_fulfilled', 'shipment.completed', 'partially_fulfilled'),
  ('partially_refunded', 'shipment.created', 'partially_fulfilled'),
  ('partially_refunded', 'shipment.completed', 'partially_refunded'),
  ('refunded', 'shipment.completed', 'refunded'),
  ('chargeback', 'shipment.completed', 'chargeback'),
  ('partially_refunded', 'refund.partial', 'partially_refunded'),
  ('partially_fulfilled', 'refund.partial', 'partially_fulfilled'),
  ('partially_fulfilled', 'refund.completed', 'refunded'),
  ('fulfilled', 'refund.partial', 'partially_refunded'),
  ('fulfilled', 'refund.completed', 'refunded'),
  ('partially_refunded', 'rma.completed', 'returned'),
  ('refunded', 'rma.completed', 'refunded'),
  ('returned', 'rma.completed', 'returned'),
  ('returned', 'refund.partial', 'returned'),
  ('refunded', 'chargeback.notice', 'disputed'),
  ('disputed', 'payment.captured', 'disputed'),
  ('disputed', 'shipment.completed', 'disputed'),
  ('disputed', 'refund.partial', 'disputed'),
  ('disputed', 'refund.completed', 'disputed'),
  ('disputed', 'rma.completed', 'disputed'),
  ('disputed', 'chargeback.won', 'authorized'),
  ('disputed', 'chargeback.won', 'partially_fulfilled'),
  ('disputed', 'chargeback.won', 'fulfilled'),
  ('disputed', 'chargeback.won', 'partially_refunded'),
  ('disputed', 'chargeback.won', 'returned'),
  ('disputed', 'chargeback.won', 'refunded'),
  ('chargeback', 'chargeback.won', 'authorized'),
  ('chargeback', 'chargeback.won', 'captured'),
  ('chargeback', 'chargeback.won', 'partially_fulfilled'),
  ('chargeback', 'chargeback.won', 'fulfilled'),
  ('chargeback', 'chargeback.won', 'partially_refunded'),
  ('chargeback', 'chargeback.won', 'returned'),
  ('chargeback', 'chargeback.won', 'refunded');

alter table orders.orders
  -- The buyer, or somebody for them, wants no more of it. Nothing is captured or sent from then on.
  add column cancel_requested_at timestamptz,
  -- A capture was written down and may be at the provider: until its outcome is known the order cannot end.
  add column capture_requested_at timestamptz,
  -- The state a dispute covers, and comes back to when it is won.
  add column disputed_from text check (disputed_from in ('authorized', 'captured', 'partially_fulfilled', 'fulfilled',
    'partially_refunded', 'returned', 'refunded')),
  add constraint disputed_over_something check (state <> 'disputed' or disputed_from is not null);
create index orders_authorized on orders.orders (authorized_at) where state = 'authorized';
create index orders_to_ship on orders.orders (updated_at)
  where state in ('captured', 'partially_fulfilled', 'partially_refunded');
create index orders_to_cancel on orders.orders (cancel_requested_at)
  where cancel_requested_at is not null and state not in ('cancelled', 'refunded', 'chargeback');
-- A capture that the cancellation overtook: its money goes back.
create index orders_captured_after_cancel on orders.orders (updated_at)
  where state = 'cancelled' and capture_requested_at is not null;

-- Money after the authorisation moves by operations: a refund may come in parts, so an attempt has many. Authorised and
-- voided stay one an attempt; operation_id is our idempotency key at the provider, or its id of a dispute.
alter table orders.payment_ledger
  add column operation_id text,
  drop constraint payment_ledger_attempt_id_kind_key,
  drop constraint payment_ledger_kind_check,
  add constraint payment_ledger_kind_check
    check (kind in ('authorized', 'voided', 'captured', 'refunded', 'charged_back', 'chargeback_reversed')),
  add constraint moved_by_an_operation check ((kind in ('authorized', 'voided')) = (operation_id is null));
create unique index one_entry_an_attempt on orders.payment_ledger (attempt_id, kind) where operation_id is null;
create unique index one_entry_an_operation on orders.payment_ledger (operation_id, kind) where operation_id is not null;

-- Sums of the ledger for orders whose money was taken, so that a constraint can hold them against each other; written
-- in the statement that books and nowhere else: only workers/discrepancies compares the ledger. A table of its own:
-- an order that is only authorised does not pay for it.
create table orders.order_balances (
  order_id text primary key references orders.orders (public_id),
  authorized_minor bigint not null,
  captured_minor bigint not null default 0,
  refunded_minor bigint not null default 0,
  charged_back_minor bigint not null default 0,
  reversed_minor bigint not null default 0,
  constraint never_captured_unauthorized check (captured_minor between 0 and authorized_minor),
  constraint never_returned_too_much
    check (refunded_minor >= 0 and refunded_minor + charged_back_minor - reversed_minor <= captured_minor),
  constraint never_reversed_too_much check (reversed_minor between 0 and charged_back_minor)
);

-- Every call that moves money, written down before it is made. The row is the work: whoever finds it due takes it until
-- next_try_at, and a process that dies gives it back by not coming back.
create table orders.payment_operations (
  operation_id text primary key,
  order_id text not null references orders.orders (public_id),
  kind text not null check (kind in ('capture', 'refund')),
  attempt_id text not null references orders.payment_attempts (id),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  -- requested: never called, or proven not executed. unknown: called, and nobody knows.
  state text not null default 'requested' check (state in ('requested', 'unknown', 'done', 'refused')),
  reason text not null,
  tries int not null default 0,
  next_try_at timestamptz not null default now(),
  -- Stored when it is claimed, so before the call.
  last_sent_at timestamptz,
  reference text,
  failure text,
  requested_at timestamptz not null default now(),
  settled_at timestamptz
);
create unique index one_capture_operation on orders.payment_operations (order_id) where kind = 'capture' and state <> 'refused';
create index operations_due on orders.payment_operations (next_try_at) where state in ('requested', 'unknown');
create index operations_order on orders.payment_operations (order_id);

-- Events that were not possible when they came. Tried again whenever the order moved.
create table orders.parked_events (
  order_id text not null references orders.orders (public_id),
  event_id text not null,
  event jsonb not null,
  -- Its money is in the ledger already; only the state waits.
  booked boolean not null default false,
  parked_at timestamptz not null default now(),
  tried_at timestamptz not null default clock_timestamp(),
  applied_at timestamptz,
  primary key (order_id, event_id)
);
create index parked_events_open on orders.parked_events (parked_at) where applied_at is null;

create table orders.returns (
  id text primary key,
  order_id text not null references orders.orders (public_id),
  created_at timestamptz not null default now()
);
create table orders.return_lines (
  return_id text not null references orders.returns (id),
  sku text not null,
  location_id text not null,
  quantity int not null check (quantity > 0),
  -- Only what can be sold as new goes back on the shelf.
  disposition text not null check (disposition in ('resell', 'refurbish', 'scrap')),
  primary key (return_id, sku, location_id, disposition)
);
create index returns_order on orders.returns (order_id);

grant select on orders.order_balances, orders.payment_operations, orders.parked_events, orders.returns, orders.return_lines
  to headroom_orders, headroom_workers;
grant insert, update on orders.order_balances, orders.payment_operations, orders.parked_events, orders.returns, orders.return_lines
  to headroom_orders, headroom_workers;
