// Stock that leaves and comes back, as parts of the statement that moves its order; the model is at the top of migration
// 0006. Each part reads the CTE `holder (order_id)`, none or one row, and locks stock rows in SKU order like everyone else.
import type { Sql, Tx } from '../db/client.ts';

/** CTE `shelf`: the stock rows of what the CTE `goods (sku, location_id, quantity)` names, locked. */
const shelf = (sql: Sql | Tx) => sql`
  shelf as (
    select s.sku, s.location_id, g.quantity
    from orders.stock s
    join (select sku, location_id, sum(quantity)::int as quantity from goods group by sku, location_id) g
      on g.sku = s.sku and g.location_id = s.location_id
    order by s.sku, s.location_id
    for no key update of s
  )`;

/** A parcel is made of what is reserved for the order at the location: posted, and on its way out. */
export const makeParcel = (sql: Sql | Tx, shipmentId: string, locationId: string) => sql`
  goods as (
    update orders.reservations r set status = 'posted' from holder h
    where r.order_id = h.order_id and r.location_id = ${locationId} and r.status = 'active'
    returning r.sku, r.location_id, r.quantity
  ),
  ${shelf(sql)},
  picked as (
    update orders.stock s set reserved = s.reserved - f.quantity, in_transit_out = s.in_transit_out + f.quantity
    from shelf f where s.sku = f.sku and s.location_id = f.location_id
  ),
  parcel as (
    insert into orders.shipments (id, order_id, location_id) select ${shipmentId}, order_id, ${locationId} from holder
  ),
  packed as (
    insert into orders.shipment_lines (shipment_id, sku, quantity) select ${shipmentId}, sku, quantity from shelf
  )`;

/** The parcel is the carrier's: its goods are no longer ours. */
export const handOverParcel = (sql: Sql | Tx, shipmentId: string) => sql`
  handed as (
    update orders.shipments p set status = 'delivered', delivered_at = now(), updated_at = now() from holder h
    where p.id = ${shipmentId} and p.order_id = h.order_id and p.status in ('picking', 'packed', 'in_transit')
    returning p.id, p.location_id
  ),
  goods as (
    select l.sku, p.location_id, l.quantity from handed p join orders.shipment_lines l on l.shipment_id = p.id
  ),
  ${shelf(sql)},
  gone as (
    update orders.stock s set in_transit_out = s.in_transit_out - f.quantity, on_hand = s.on_hand - f.quantity
    from shelf f where s.sku = f.sku and s.location_id = f.location_id
  ),
  left_the_house as (
    insert into orders.stock_movements (sku, location_id, change, reason, reference)
    select sku, location_id, -quantity, 'delivered', ${shipmentId} from shelf
  )`;

export interface ReturnedLine {
  readonly sku: string;
  readonly location_id: string;
  readonly quantity: number;
  readonly disposition: string;
}

/** Goods came back: all on record, only what can be sold as new on the shelf. */
export const takeBack = (sql: Sql | Tx, returnId: string, lines: readonly ReturnedLine[]) => sql`
  returned_goods as (
    select l.* from jsonb_to_recordset(${sql.json(lines as never)}::jsonb)
      as l (sku text, location_id text, quantity int, disposition text), holder
  ),
  rma as (insert into orders.returns (id, order_id) select ${returnId}, order_id from holder),
  rma_lines as (
    insert into orders.return_lines (return_id, sku, location_id, quantity, disposition)
    select ${returnId}, sku, location_id, sum(quantity)::int, disposition from returned_goods
    group by sku, location_id, disposition
  ),
  goods as (select sku, location_id, quantity from returned_goods where disposition = 'resell'),
  ${shelf(sql)},
  restocked as (
    update orders.stock s set on_hand = s.on_hand + f.quantity
    from shelf f where s.sku = f.sku and s.location_id = f.location_id
  ),
  came_back as (
    insert into orders.stock_movements (sku, location_id, change, reason, reference)
    select sku, location_id, quantity, 'restocked', ${returnId} from shelf
  )`;
