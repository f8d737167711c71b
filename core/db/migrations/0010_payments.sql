-- Payments of more than one step or try, fraud screening, and the keys of cart mutations.
insert into orders.legal_transitions (from_state, event, to_state) values
  ('pending_payment', 'payment.action_required', 'pending_payment'),
  ('pending_payment', 'payment.retryable', 'pending_payment'),
  ('pending_payment', 'payment.abandoned', 'cancelled');

alter table orders.payment_attempts
  add column method text,
  -- Its end does not end the order: the buyer may try again until the hold lapses.
  add column retryable boolean not null default false,
  -- The key of POST /v1/payments that waits for this attempt's outcome; null for the submission's own attempts.
  add column idempotency_scope text,
  add column idempotency_key text,
  drop constraint payment_attempts_state_check,
  add constraint payment_attempts_state_check
    check (state in ('started', 'approved', 'declined', 'unknown', 'not_executed', 'voided', 'action_required'));
-- A payment the buyer may still agree to may still take money.
drop index orders.one_live_attempt;
create unique index one_live_attempt on orders.payment_attempts (order_id)
  where state in ('started', 'unknown', 'approved', 'action_required');
create index attempts_awaiting on orders.payment_attempts (created_at) where state = 'action_required';
create index attempts_retryable on orders.payment_attempts (order_id) where retryable;
-- Keys whose caller died are found by this.
create index idempotency_open on orders.idempotency_keys (locked_at) where recovery_point = 'placed';
create index idempotency_expiring on orders.idempotency_keys (expires_at);

create table orders.fraud_reviews (
  order_id text primary key references orders.orders (public_id),
  score int check (score between 0 and 100),
  state text not null default 'open' check (state in ('open', 'accepted', 'rejected')),
  opened_at timestamptz not null default now(),
  decided_at timestamptz,
  decided_by text,
  check ((state = 'open') = (decided_at is null)),
  check ((state = 'open') = (decided_by is null))
);
create index fraud_reviews_open on orders.fraud_reviews (opened_at) where state = 'open';
-- Submissions that were refused: no order, but a buyer who may have been honest.
create table orders.fraud_rejections (
  reference text primary key,
  score int check (score between 0 and 100),
  amount_minor bigint not null,
  currency text not null,
  created_at timestamptz not null default now()
);
create index fraud_rejections_recent on orders.fraud_rejections (created_at);
-- What turned out later, of an order or of a rejection, by its reference.
create table orders.fraud_labels (
  subject text primary key,
  label text not null check (label in ('legitimate', 'fraud')),
  labelled_by text not null,
  labelled_at timestamptz not null default now()
);

create table checkout.cart_keys (
  scope text not null,
  key text not null,
  fingerprint text not null,
  -- Counts who took the key over: a first caller that wakes up late must not write beside the second.
  tries int not null default 1,
  status int,
  body jsonb,
  locked_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '72 hours',
  primary key (scope, key)
);
create index cart_keys_expiring on checkout.cart_keys (expires_at);

grant select, insert, update, delete on checkout.cart_keys to headroom_checkout;
grant select on orders.fraud_reviews, orders.fraud_rejections, orders.fraud_labels to headroom_orders, headroom_workers;
grant insert, update on orders.fraud_reviews, orders.fraud_rejections, orders.fraud_labels to headroom_orders;
grant delete on orders.idempotency_keys to headroom_workers;
