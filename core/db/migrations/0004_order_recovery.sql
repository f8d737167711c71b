-- The key an order was submitted with: its stored answer is found by primary key, whoever ends the order.
alter table orders.orders
  add column idempotency_scope text,
  add column idempotency_key text,
  -- Set when the hold on stock lapsed before the payment was decided: an authorisation must take stock again first.
  add column hold_lapsed_at timestamptz;
-- A late authorisation is noted by whoever meets it, and that may be the orders service.
grant insert, update on orders.discrepancies to headroom_orders;
