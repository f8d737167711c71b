-- When the last consumer of an event had handled it. What was published and never handled was lost on the way: found here, queued again.
alter table orders.outbox add column handled_at timestamptz;
create index outbox_unhandled on orders.outbox (published_at) where handled_at is null;
