-- What is over is removed when its time is over, by workers/retention.ts. Each index holds only what is over, so that a
-- shopper's commit does not pay for it; the outbox is walked from its oldest row and needs none.
create index webhooks_handled on orders.webhook_inbox (handled_at) where handled_at is not null;
create index parked_events_applied on orders.parked_events (applied_at) where applied_at is not null;
create index cart_holds_over on orders.reservations (expires_at) where order_id is null and status <> 'active';

grant delete on orders.outbox, orders.inbox, orders.webhook_inbox, orders.parked_events, orders.reservations to headroom_workers;
-- Without it a row cannot be locked, and two would remove the same.
grant update (handled_at) on orders.webhook_inbox to headroom_workers;

-- core/checkout/carts.ts: each new cart takes two with it that nobody has touched for long.
create index carts_by_age on checkout.carts (created_at);
