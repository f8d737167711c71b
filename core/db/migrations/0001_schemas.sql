-- Two schemas, one writer each. Roles are cluster-wide and made by migrate.ts before this file runs:
-- headroom_checkout, headroom_orders, headroom_workers. A role cannot write the other's tables.
create schema checkout;
create schema orders;
create schema ops;
grant usage on schema checkout to headroom_checkout;
grant usage on schema orders to headroom_orders, headroom_workers;
grant usage on schema ops to headroom_checkout, headroom_orders, headroom_workers;
