-- Promotions are data: who gets one, what it takes off, with which others it combines, from when until when. An empty list
-- is no condition. None is active until somebody makes it so.
create table checkout.promotions (
  -- Also the value of its kill switch.
  id text primary key check (id ~ '^[a-z0-9_]{1,60}$'),
  active boolean not null default false,
  -- Higher first. No two share one: which of them wins is nobody's luck.
  priority int not null unique,
  -- Two combine only when each names the other: what one of them forgot is not given away.
  stacks_with text[] not null default '{}',
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  markets text[] not null default '{}',
  shipping_methods text[] not null default '{}',
  skus text[] not null default '{}',
  excluded_skus text[] not null default '{}',
  min_subtotal_minor bigint not null default 0 check (min_subtotal_minor >= 0),
  -- "Ends at midnight" is a time on a clock of some place, so the place is part of it; the end itself is too late.
  starts_local timestamp not null,
  ends_local timestamp not null,
  time_zone text not null,
  starts_at timestamptz not null generated always as (starts_local at time zone time_zone) stored,
  ends_at timestamptz not null generated always as (ends_local at time zone time_zone) stored,
  action text not null check (action in ('percent_off', 'fixed_off', 'free_shipping')),
  percent int check (percent between 1 and 90),
  amount_minor bigint check (amount_minor between 1 and 100000000),
  check (ends_local > starts_local),
  check ((action = 'percent_off') = (percent is not null)),
  check ((action = 'fixed_off') = (amount_minor is not null))
);
grant select on checkout.promotions to headroom_checkout;

alter table checkout.quotes
  -- Off the goods; free shipping is shipping_minor = 0.
  add column discount_minor bigint not null default 0,
  add column promotions text[] not null default '{}',
  drop constraint quotes_check,
  add constraint adds_up check (total_minor = subtotal_minor - discount_minor + shipping_minor + tax_minor),
  add constraint discount_is_of_goods check (discount_minor between 0 and subtotal_minor);
