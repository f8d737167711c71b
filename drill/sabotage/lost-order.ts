// An order that was acknowledged is gone: everything written of it is removed in the transaction that authorised it.
import type { Sabotage } from './sabotage.ts';

// Few enough that the run goes on, enough that a short one loses some.
const oneIn = 40;

export const lostOrder: Sabotage = {
  name: 'lost-order',
  breaks: `one order in ${oneIn} vanishes after the shopper was told that it is placed`,
  firstReason: 'lost-order',
  exitCode: 1,
  sql: [
    // As the owner: the service's own role may not delete.
    `create function orders.lose_order() returns trigger language plpgsql security definer
      set search_path = orders, pg_temp as $$
    begin
      if abs(hashtext(new.public_id)) % ${oneIn} = 0 then
        delete from orders.payment_ledger where order_id = new.public_id;
        delete from orders.payment_attempts where order_id = new.public_id;
        delete from orders.order_events where order_id = new.public_id;
        delete from orders.reservations where order_id = new.public_id;
        delete from orders.order_lines where order_id = new.public_id;
        delete from orders.orders where public_id = new.public_id;
      end if;
      return null;
    end $$`,
    // Deferred: the statement that authorises still reads what it wrote.
    `create constraint trigger lose_order after update on orders.orders
      deferrable initially deferred for each row when (new.state = 'authorized')
      execute function orders.lose_order()`,
  ],
};
