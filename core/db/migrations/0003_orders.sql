-- Orders, order state, payment ledger, inventory truth: written by the orders service, and by workers through core/orders and core/inventory.
create table orders.legal_transitions (
  from_state text not null,
  event text not null,
  to_state text not null,
  primary key (from_state, event),
  unique (from_state, event, to_state)
);
insert into orders.legal_transitions (from_state, event, to_state) values
  ('cart', 'checkout.submitted', 'pending_payment'),
  ('pending_payment', 'payment.authorized', 'authorized'),
  ('pending_payment', 'payment.declined', 'cancelled'),
  ('pending_payment', 'payment.unavailable', 'cancelled'),
  ('pending_payment', 'payment.voided', 'cancelled'),
  ('pending_payment', 'payment.unknown', 'pending_payment'),
  ('authorized', 'payment.captured', 'captured'),
  ('authorized', 'order.cancelled', 'cancelled'),
  ('captured', 'shipment.created', 'partially_fulfilled'),
  ('partially_fulfilled', 'shipment.completed', 'fulfilled'),
  ('captured', 'refund.partial', 'partially_refunded'),
  ('captured', 'refund.completed', 'refunded'),
  ('partially_refunded', 'refund.completed', 'refunded'),
  ('fulfilled', 'rma.completed', 'returned'),
  ('returned', 'refund.completed', 'refunded'),
  ('authorized', 'chargeback.notice', 'disputed'),
  ('captured', 'chargeback.notice', 'disputed'),
  ('partially_fulfilled', 'chargeback.notice', 'disputed'),
  ('fulfilled', 'chargeback.notice', 'disputed'),
  ('partially_refunded', 'chargeback.notice', 'disputed'),
  ('returned', 'chargeback.notice', 'disputed'),
  ('disputed', 'chargeback.lost', 'chargeback'),
  ('disputed', 'chargeback.won', 'captured');

create table orders.orders (
  id bigint generated always as identity primary key,
  public_id text not null unique,
  checkout_id text not null,
  state text not null check (state in ('pending_payment', 'authorized', 'captured', 'partially_fulfilled', 'fulfilled',
    'partially_refunded', 'refunded', 'cancelled', 'disputed', 'chargeback', 'returned')),
  market text not null,
  currency text not null,
  total_minor bigint not null check (total_minor >= 0),
  email text not null,
  address jsonb not null,
  shipping_method text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  authorized_at timestamptz
);
-- One live order per checkout: a second submission of the same cart, with whatever key, cannot become a second order.
create unique index one_order_per_checkout on orders.orders (checkout_id) where state <> 'cancelled';
create index orders_pending on orders.orders (created_at) where state = 'pending_payment';

create table orders.order_lines (
  order_id text not null references orders.orders (public_id),
  sku text not null,
  location_id text not null,
  quantity int not null check (quantity > 0),
  unit_price_minor bigint not null,
  primary key (order_id, sku, location_id)
);

create table orders.order_events (
  order_id text not null references orders.orders (public_id),
  event_id text not null,
  type text not null,
  from_state text not null,
  to_state text not null,
  payload jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (order_id, event_id),
  foreign key (from_state, type, to_state) references orders.legal_transitions (from_state, event, to_state)
);

create table orders.payment_attempts (
  -- Our own reference and the provider's idempotency key, made before the call.
  id text primary key,
  order_id text not null references orders.orders (public_id),
  attempt_no int not null check (attempt_no between 1 and 9),
  provider text not null,
  amount_minor bigint not null,
  currency text not null,
  state text not null default 'started'
    check (state in ('started', 'approved', 'declined', 'unknown', 'not_executed', 'voided')),
  provider_reference text,
  reason text,
  created_at timestamptz not null default now(),
  resolved_at timestamptz,
  unique (order_id, attempt_no)
);
-- At most one attempt that has, or may still have, taken money: failover while unknown cannot be written down.
create unique index one_live_attempt on orders.payment_attempts (order_id) where state in ('started', 'unknown', 'approved');
create index attempts_open on orders.payment_attempts (created_at) where state in ('started', 'unknown');

create table orders.payment_ledger (
  id bigint generated always as identity primary key,
  order_id text not null references orders.orders (public_id),
  attempt_id text not null references orders.payment_attempts (id),
  kind text not null check (kind in ('authorized', 'captured', 'voided', 'refunded')),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  created_at timestamptz not null default now(),
  unique (attempt_id, kind)
);
create unique index one_capture_per_order on orders.payment_ledger (order_id) where kind = 'captured';

create table orders.stock (
  sku text not null,
  location_id text not null,
  on_hand int not null check (on_hand >= 0),
  -- Materialised sum of active reservations; drift is an invariant.
  reserved int not null default 0 check (reserved >= 0),
  in_transit_out int not null default 0 check (in_transit_out >= 0),
  in_transit_in int not null default 0 check (in_transit_in >= 0),
  safety_stock int not null default 0 check (safety_stock >= 0),
  primary key (sku, location_id),
  constraint never_oversold check (reserved + in_transit_out <= on_hand)
) with (fillfactor = 60);

create table orders.reservations (
  id bigint generated always as identity primary key,
  order_id text not null references orders.orders (public_id),
  sku text not null,
  location_id text not null,
  quantity int not null check (quantity > 0),
  kind text not null default 'hard' check (kind in ('soft', 'hard')),
  status text not null default 'active' check (status in ('active', 'posted', 'voided', 'expired')),
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  foreign key (sku, location_id) references orders.stock (sku, location_id)
);
create index reservations_active on orders.reservations (sku, location_id, expires_at) where status = 'active';
create index reservations_order on orders.reservations (order_id);

create table orders.idempotency_keys (
  scope text not null,
  key text not null,
  fingerprint text not null,
  recovery_point text not null check (recovery_point in ('placed', 'finished')),
  order_id text,
  status int,
  body jsonb,
  locked_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '72 hours',
  primary key (scope, key)
);

create table orders.outbox (
  id bigint generated always as identity primary key,
  event_id uuid not null unique,
  type text not null,
  order_id text not null,
  payload jsonb not null,
  traceparent text,
  correlation_id text not null,
  deadline_at timestamptz not null,
  created_at timestamptz not null default now(),
  published_at timestamptz
);
create index outbox_unpublished on orders.outbox (id) where published_at is null;

create table orders.inbox (
  consumer text not null,
  event_id uuid not null,
  handled_at timestamptz not null default now(),
  primary key (consumer, event_id)
);

create table orders.notifications (
  order_id text not null references orders.orders (public_id),
  kind text not null,
  state text not null default 'claimed' check (state in ('claimed', 'sent')),
  message_id text not null,
  claimed_at timestamptz not null default now(),
  sent_at timestamptz,
  primary key (order_id, kind)
);

create table orders.dead_letters (
  id bigint generated always as identity primary key,
  queue text not null,
  job_id text not null,
  event_id uuid,
  order_id text,
  error text not null,
  traceparent text,
  first_failed_at timestamptz not null default now(),
  redriven_at timestamptz,
  unique (queue, job_id)
);

-- The providers' own books as reconciliation read them, one row per charge.
create table orders.psp_records (
  provider text not null,
  charge_id text not null,
  -- Our attempt id and order id as the provider holds them.
  attempt_id text not null,
  order_id text not null,
  amount_minor bigint not null,
  currency text not null,
  state text not null check (state in ('authorized', 'captured', 'declined', 'voided')),
  provider_created_at timestamptz not null,
  seen_at timestamptz not null default now(),
  primary key (provider, charge_id)
);
create index psp_records_order on orders.psp_records (order_id);
create table orders.psp_cursors (
  provider text primary key,
  cursor bigint not null default 0
);

create table orders.discrepancies (
  id bigint generated always as identity primary key,
  class text not null,
  reference text not null,
  detail text not null default '',
  first_seen_at timestamptz not null default now(),
  resolved_at timestamptz,
  unique (class, reference)
);

create table ops.switches (
  dimension text not null check (dimension in ('region', 'payment_method', 'shipping_method', 'promotion', 'provider')),
  value text not null,
  is_on boolean not null default false,
  expires_at timestamptz,
  changed_by text not null,
  changed_at timestamptz not null default now(),
  primary key (dimension, value)
);

grant select on all tables in schema orders to headroom_orders, headroom_workers;
grant insert, update on orders.orders, orders.order_lines, orders.order_events, orders.payment_attempts, orders.payment_ledger,
  orders.stock, orders.reservations, orders.idempotency_keys, orders.outbox to headroom_orders;
-- Seeding stock and expiring keys.
grant delete on orders.idempotency_keys, orders.stock to headroom_orders;
grant insert, update on orders.orders, orders.order_events, orders.payment_attempts, orders.payment_ledger, orders.stock,
  orders.reservations, orders.idempotency_keys, orders.outbox, orders.inbox, orders.notifications, orders.dead_letters,
  orders.psp_records, orders.psp_cursors, orders.discrepancies to headroom_workers;
grant usage on all sequences in schema orders to headroom_orders, headroom_workers;
grant select on all tables in schema ops to headroom_checkout, headroom_orders, headroom_workers;
