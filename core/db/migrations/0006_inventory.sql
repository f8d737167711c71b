-- Inventory in full: locations, soft holds, shipments, transfers, movements, stock feeds.
--
-- The one model of a unit's life, for everyone who moves stock:
--   hold        soft (of a cart) or hard (of an order): reserved +q. A submission turns its cart's soft hold into a hard one.
--   picking     a shipment is created: its reservations are posted, reserved −q, in_transit_out +q, on_hand stays.
--   delivered   the shipment is completed: in_transit_out −q, on_hand −q. Cancelled before that: in_transit_out −q only.
--   dispatched  a transfer leaves: origin on_hand −q, destination in_transit_in +q. Received: in_transit_in −q, on_hand +q.
-- So in_transit_out is Σ shipment lines in picking, packed or in_transit; in_transit_in is Σ transfers in transit to the
-- location; reserved is Σ active reservations: drift from these sums is a broken invariant. never_oversold holds throughout.
-- Where an order's goods are taken from is what its reservations say. Locks: reservations, then stock in (sku, location_id)
-- order, as FOR NO KEY UPDATE: a transfer refers to the row by its key, and need not wait for sales.
create table orders.locations (
  id text primary key,
  country text not null check (country ~ '^[A-Z]{2}$'),
  -- Countries of one zone are nearer to each other than to the rest; distance is same country, same zone, elsewhere.
  zone text not null,
  handling_cost_minor bigint not null default 0 check (handling_cost_minor >= 0)
);
insert into orders.locations (id, country, zone) values ('LON-1', 'GB', 'europe');
create table orders.country_zones (
  country text primary key check (country ~ '^[A-Z]{2}$'),
  zone text not null
);
insert into orders.country_zones (country, zone)
select country, 'europe' from unnest('{GB,IE,FR,DE,NL,BE,LU,ES,PT,IT,AT,CH,DK,SE,NO,FI,PL,CZ,GR,CY,MT,LT,IS,JE}'::text[]) as c (country)
union all select country, 'north-america' from unnest('{US,CA}'::text[]) as c (country)
union all select country, 'asia-pacific' from unnest('{AU,NZ,JP,HK,SG}'::text[]) as c (country);

alter table orders.stock
  -- When the first hold is taken: at add-to-cart (soft, with a short life) or only at the order.
  add column hold_at text not null default 'cart' check (hold_at in ('cart', 'order')),
  -- Sells what is still on its way to the location; off unless a merchant says so for this SKU.
  add column sell_in_transit boolean not null default false,
  add constraint picked_is_here check (in_transit_out <= on_hand),
  drop constraint never_oversold,
  add constraint never_oversold check (
    reserved + in_transit_out <= on_hand + case when sell_in_transit then in_transit_in else 0 end);
-- An update tests its checks on the row as its statement began to see it, and only then finds that somebody changed the row
-- meanwhile and starts over with the row as it is. So a sale of what was given back a moment ago would be refused as one
-- too many. Where there is a trigger, the row as it is comes first.
create function orders.row_as_it_is() returns trigger language plpgsql as 'begin return new; end';
create trigger row_as_it_is before update on orders.stock for each row execute function orders.row_as_it_is();

alter table orders.reservations
  alter column order_id drop not null,
  add column cart_id text,
  add constraint held_by_somebody check (order_id is not null or (kind = 'soft' and cart_id is not null));
-- A cart asks for more of a SKU by changing its one hold.
create unique index one_soft_hold on orders.reservations (cart_id, sku) where kind = 'soft' and status = 'active';

-- A hold was asked for a line of this cart: its order must look for it.
alter table checkout.carts add column holds_stock boolean not null default false;

create table orders.shipments (
  id text primary key,
  order_id text not null references orders.orders (public_id),
  location_id text not null,
  status text not null default 'picking' check (status in ('picking', 'packed', 'in_transit', 'delivered', 'cancelled')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  delivered_at timestamptz
);
create index shipments_order on orders.shipments (order_id);
create index shipments_open on orders.shipments (created_at) where status in ('picking', 'packed', 'in_transit');
create table orders.shipment_lines (
  shipment_id text not null references orders.shipments (id),
  sku text not null,
  quantity int not null check (quantity > 0),
  primary key (shipment_id, sku)
);

create table orders.transfers (
  -- The caller's own id: asking twice is one transfer.
  id text primary key check (length(id) between 1 and 64),
  origin text not null,
  dest text not null,
  sku text not null,
  quantity int not null check (quantity > 0),
  status text not null default 'planned' check (status in ('planned', 'in_transit', 'received', 'cancelled')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (origin <> dest),
  foreign key (sku, origin) references orders.stock (sku, location_id),
  foreign key (sku, dest) references orders.stock (sku, location_id)
);
create index transfers_open on orders.transfers (sku, dest) where status = 'in_transit';

-- Every change of on_hand but a feed's own, append-only: what a feed counted before it happened, the feed does not undo.
create table orders.stock_movements (
  sku text not null,
  location_id text not null,
  change int not null,
  reason text not null check (reason in ('delivered', 'transfer_out', 'transfer_in', 'transfer_back', 'restocked')),
  reference text not null,
  at timestamptz not null default clock_timestamp(),
  -- Also what makes each movement happen once.
  primary key (reason, reference, sku, location_id)
);
create index movements_since on orders.stock_movements (location_id, at);

-- The last count each location sent; an older sequence is ignored.
create table orders.stock_feeds (
  location_id text primary key,
  sequence bigint not null,
  as_of timestamptz not null,
  received_at timestamptz not null default now()
);

grant select on orders.locations, orders.country_zones, orders.shipments, orders.shipment_lines, orders.transfers,
  orders.stock_movements, orders.stock_feeds to headroom_orders, headroom_workers;
grant insert, update on orders.locations, orders.shipments, orders.transfers, orders.stock_feeds to headroom_orders, headroom_workers;
grant insert on orders.shipment_lines, orders.stock_movements to headroom_orders, headroom_workers;
