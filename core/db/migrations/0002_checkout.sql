-- Catalogue and carts: written by the checkout service alone.
create table checkout.products (
  id text primary key,
  handle text not null unique,
  status text not null check (status in ('draft', 'active', 'archived')),
  created_at timestamptz not null default now()
);
create table checkout.variants (
  id text primary key,
  product_id text not null references checkout.products (id),
  sku text not null unique,
  title text not null,
  option_values jsonb not null default '{}',
  price_minor bigint not null check (price_minor >= 0),
  currency text not null,
  weight_grams int not null default 250,
  status text not null check (status in ('draft', 'active', 'archived'))
);
create table checkout.variant_identifiers (
  variant_id text not null references checkout.variants (id),
  kind text not null check (kind in ('gtin', 'ean', 'upc', 'mpn', 'isbn', 'asin')),
  value text not null,
  primary key (variant_id, kind, value)
);
create table checkout.carts (
  id text primary key,
  market text not null,
  currency text not null,
  status text not null default 'open' check (status in ('open', 'submitted')),
  email text,
  address jsonb,
  -- Every mutation bumps it; a quote holds for one version only.
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create table checkout.cart_lines (
  cart_id text not null references checkout.carts (id) on delete cascade,
  sku text not null,
  quantity int not null check (quantity > 0),
  unit_price_minor bigint not null check (unit_price_minor >= 0),
  weight_grams int not null default 250,
  primary key (cart_id, sku)
);
create table checkout.quotes (
  id text primary key,
  cart_id text not null references checkout.carts (id) on delete cascade,
  cart_version int not null,
  shipping_method text not null,
  subtotal_minor bigint not null,
  shipping_minor bigint not null,
  tax_minor bigint not null,
  total_minor bigint not null,
  currency text not null,
  expires_at timestamptz not null,
  check (total_minor = subtotal_minor + shipping_minor + tax_minor)
);
create index quotes_cart on checkout.quotes (cart_id);
grant select, insert, update, delete on all tables in schema checkout to headroom_checkout;
