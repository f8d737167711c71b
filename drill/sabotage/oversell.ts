// Reservations are written down and never counted: code and constraint both see stock that is long promised.
import type { Sabotage } from './sabotage.ts';

export const oversell: Sabotage = {
  name: 'oversell',
  breaks: 'the reserved count never grows, and nothing holds it below the stock on hand',
  firstReason: 'oversell',
  exitCode: 1,
  sql: [
    'alter table orders.stock drop constraint never_oversold',
    // A release would take the count below zero, and that constraint would tell.
    `create function orders.lose_increment() returns trigger language plpgsql as $$
    begin
      if new.reserved <> old.reserved then
        new.reserved := old.reserved;
      end if;
      return new;
    end $$`,
    `create trigger lose_increment before update on orders.stock
      for each row execute function orders.lose_increment()`,
  ],
};
