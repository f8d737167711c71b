-- What is looked up on every pass of the workers must not read a table that only grows.

-- workers/invariants.ts: was the order that is paid ever announced?
create index outbox_authorized on orders.outbox (order_id) where type = 'order.authorized';

-- core/orders/fraud-summary.ts: what this month's disputes cost.
create index ledger_chargebacks on orders.payment_ledger (created_at) where kind = 'charged_back';

-- Goods come back to a place that keeps that article: where no stock row counts them they would be gone.
alter table orders.return_lines
  add constraint returned_where_it_is_kept foreign key (sku, location_id) references orders.stock (sku, location_id);
