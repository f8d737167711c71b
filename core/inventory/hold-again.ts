// Stock for an order whose hold lapsed before its payment came.
import type { Tx } from '../db/client.ts';
import { reservable } from './reserve.ts';

/**
 * Takes stock again for the lines that hold none, where they were or, when that has none left, elsewhere; then the line
 * moves with it, so that lines and reservations name the same place. An article split over places stays split. False when
 * it is gone, and then nothing is taken. The caller holds the order's row.
 */
export async function holdAgain(tx: Tx, orderId: string, ttlMs: number): Promise<boolean> {
  const [row] = await tx<{ covered: boolean }[]>`
    with lines as (
      select l.sku, l.location_id as was, l.quantity, count(*) over (partition by l.sku) = 1 as whole
      from orders.order_lines l where l.order_id = ${orderId}
    ),
    demand as (
      select * from lines l where not exists (
        select from orders.reservations r
        where r.order_id = ${orderId} and r.sku = l.sku and r.location_id = l.was and r.status = 'active'
      )
    ),
    locked as (
      select s.sku, s.location_id, ${reservable(tx)} as free
      from orders.stock s where s.sku in (select sku from lines)
      -- Of every line: when it is gone, what the order still holds is given back in this transaction.
      order by s.sku, s.location_id
      for no key update of s
    ),
    chosen as (
      select distinct on (d.sku, d.was) d.sku, d.was, d.quantity, l.location_id
      from demand d join locked l on l.sku = d.sku and l.free >= d.quantity and (d.whole or l.location_id = d.was)
      order by d.sku, d.was, l.location_id = d.was desc, l.location_id
    ),
    granted as (
      select * from chosen where (select count(*) from chosen) = (select count(*) from demand)
    ),
    taken as (
      update orders.stock s set reserved = s.reserved + g.quantity
      from granted g where s.sku = g.sku and s.location_id = g.location_id
    ),
    held as (
      insert into orders.reservations (order_id, sku, location_id, quantity, expires_at)
      select ${orderId}, sku, location_id, quantity, now() + ${ttlMs}::int * interval '1 millisecond' from granted
    ),
    moved as (
      update orders.order_lines l set location_id = g.location_id
      from granted g where l.order_id = ${orderId} and l.sku = g.sku and l.location_id = g.was and g.location_id <> g.was
    )
    select (select count(*) from granted) = (select count(*) from demand) as covered`;
  return row!.covered;
}
