// Every submission looks new: the key is rewritten on its way in and the index that holds carts to one order is gone,
// so a double click becomes two orders and two charges.
import type { Sabotage } from './sabotage.ts';

export const lostIdempotencyKey: Sabotage = {
  name: 'lost-idempotency-key',
  breaks: 'idempotency keys are forgotten, and one cart may become two orders',
  firstReason: 'double-charge',
  exitCode: 1,
  sql: [
    'drop index orders.one_order_per_checkout',
    `create function orders.forget_key() returns trigger language plpgsql as $$
    begin
      new.key := new.key || '-' || gen_random_uuid();
      return new;
    end $$`,
    `create trigger forget_key before insert on orders.idempotency_keys
      for each row execute function orders.forget_key()`,
  ],
};
