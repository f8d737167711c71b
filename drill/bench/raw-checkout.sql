-- The durable writes of one checkout without a shop around them: the same tables, the same seven commits before the answer.
-- Read by pgbench; :n is a random number, :s a shelf. One statement a line group, ended by a semicolon at the line's end.
\set n random(1, 9000000000000)
\set s random(1, 2000)
insert into checkout.carts (id, market, currency) values ('raw' || :n::text, 'GB', 'GBP');
with cart as (update checkout.carts set version = version + 1 where id = 'raw' || :n::text returning id)
  insert into checkout.cart_lines (cart_id, sku, quantity, unit_price_minor) select id, 'RAW' || :s::text, 1, 1000 from cart;
update checkout.carts set email = 'raw@shop.example', address = '{"country":"GB"}', version = version + 1 where id = 'raw' || :n::text;
insert into checkout.quotes (id, cart_id, cart_version, shipping_method, subtotal_minor, shipping_minor, tax_minor, total_minor, currency, expires_at)
  values ('raw' || :n::text, 'raw' || :n::text, 3, 'standard', 1000, 395, 200, 1595, 'GBP', now() + interval '15 minutes');
begin;
update orders.stock set reserved = reserved + 1 where sku = 'RAW' || :s::text and on_hand - reserved >= 1;
insert into orders.idempotency_keys (scope, key, fingerprint, recovery_point, order_id) values ('raw', 'raw' || :n::text, 'raw', 'placed', 'raw' || :n::text);
insert into orders.orders (public_id, checkout_id, state, market, currency, total_minor, email, address, shipping_method)
  values ('raw' || :n::text, 'raw' || :n::text, 'pending_payment', 'GB', 'GBP', 1595, 'raw@shop.example', '{"country":"GB"}', 'standard');
insert into orders.order_lines (order_id, sku, location_id, quantity, unit_price_minor) values ('raw' || :n::text, 'RAW' || :s::text, 'LON-1', 1, 1000);
insert into orders.reservations (order_id, sku, location_id, quantity, expires_at) values ('raw' || :n::text, 'RAW' || :s::text, 'LON-1', 1, now() + interval '10 minutes');
insert into orders.payment_attempts (id, order_id, attempt_no, provider, amount_minor, currency) values ('raw' || :n::text, 'raw' || :n::text, 1, 'psp-primary', 1595, 'GBP');
insert into orders.order_events (order_id, event_id, type, from_state, to_state) values ('raw' || :n::text, 'submitted', 'checkout.submitted', 'cart', 'pending_payment');
commit;
begin;
update orders.payment_attempts set state = 'approved', resolved_at = now() where id = 'raw' || :n::text;
update orders.orders set state = 'authorized', authorized_at = now() where public_id = 'raw' || :n::text;
insert into orders.order_events (order_id, event_id, type, from_state, to_state) values ('raw' || :n::text, 'authorized', 'payment.authorized', 'pending_payment', 'authorized');
insert into orders.payment_ledger (order_id, attempt_id, kind, amount_minor, currency) values ('raw' || :n::text, 'raw' || :n::text, 'authorized', 1595, 'GBP');
update orders.idempotency_keys set recovery_point = 'finished', status = 201 where scope = 'raw' and key = 'raw' || :n::text;
insert into orders.outbox (event_id, type, order_id, payload, correlation_id, deadline_at) values (gen_random_uuid(), 'order.authorized', 'raw' || :n::text, '{}', 'raw' || :n::text, now());
commit;
update checkout.carts set status = 'submitted' where id = 'raw' || :n::text;
