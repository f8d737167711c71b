-- One hot article without a shop: a conditional update of its row and the reservation, one commit a request.
with taken as (update orders.stock set reserved = reserved + 1 where sku = 'RAWHOT' and on_hand - reserved >= 1 returning sku, location_id)
  insert into orders.reservations (order_id, sku, location_id, quantity, expires_at) select 'rawhot', sku, location_id, 1, now() + interval '10 minutes' from taken;
