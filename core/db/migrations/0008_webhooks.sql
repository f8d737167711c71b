-- What payment providers told us by webhook, a row an event, however often and in whatever order it was delivered.
create table orders.webhook_inbox (
  provider text not null,
  -- The provider's id of the event, the same for each of its deliveries.
  event_id text not null,
  type text not null,
  -- Our attempt id and order id as the provider holds them; they may be a stranger's.
  attempt_id text not null,
  order_id text not null,
  provider_created_at timestamptz not null,
  received_at timestamptz not null default now(),
  deliveries int not null default 1,
  -- Null until its effect is committed. Known is what was handled, not what was received: what was received and then
  -- lost with its process is handled when the provider, which was not told 2xx, delivers it again.
  handled_at timestamptz,
  result text check (result in ('applied', 'known', 'illegal', 'unknown_reference', 'ignored')),
  primary key (provider, event_id),
  constraint handled_with_a_result check ((handled_at is null) = (result is null))
);
create index webhooks_unhandled on orders.webhook_inbox (received_at) where handled_at is null;

grant select, insert, update on orders.webhook_inbox to headroom_orders;
grant select on orders.webhook_inbox to headroom_workers;
