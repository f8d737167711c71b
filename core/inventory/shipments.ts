// Goods that leave a location for a buyer. Each function is one statement of the caller's transaction, and may be called
// again: a shipment is picked once, delivered once, cancelled once.
import type { Sql, Tx } from '../db/client.ts';

export interface ShipmentLine {
  readonly sku: string;
  readonly quantity: number;
}

/** Stock rows that the CTE `goods (sku, location_id, quantity)` names, locked in the order everyone locks them. */
const shelf = (sql: Sql | Tx) => sql`
  shelf as (
    select s.sku, s.location_id, g.quantity
    from orders.stock s
    join (select sku, location_id, sum(quantity)::int as quantity from goods group by sku, location_id) g
      on g.sku = s.sku and g.location_id = s.location_id
    order by s.sku, s.location_id
    for update of s
  )`;

/**
 * Posts what is reserved for the order at the location and makes it the lines of a new shipment; empty when nothing was
 * reserved there (any more), and then there is no shipment.
 */
export async function pickShipment(
  sql: Sql | Tx,
  { shipmentId, orderId, locationId }: { shipmentId: string; orderId: string; locationId: string },
): Promise<ShipmentLine[]> {
  return await sql<ShipmentLine[]>`
    with goods as (
      update orders.reservations set status = 'posted'
      where order_id = ${orderId} and location_id = ${locationId} and kind = 'hard' and status = 'active'
      returning sku, location_id, quantity
    ),
    ${shelf(sql)},
    picked as (
      update orders.stock s set reserved = s.reserved - f.quantity, in_transit_out = s.in_transit_out + f.quantity
      from shelf f where s.sku = f.sku and s.location_id = f.location_id
      returning s.sku, f.quantity
    ),
    shipped as (
      insert into orders.shipments (id, order_id, location_id)
      select ${shipmentId}, ${orderId}, ${locationId} where exists (select from picked)
      returning id
    )
    insert into orders.shipment_lines (shipment_id, sku, quantity)
    select shipped.id, picked.sku, picked.quantity from shipped, picked
    returning sku, quantity`;
}

const openStates = ['picking', 'packed', 'in_transit'];

/** CTE `goods`: the lines of the shipment, if this call is the one that ends it. */
const ended = (sql: Sql | Tx, shipmentId: string, status: 'delivered' | 'cancelled') => sql`
  ended as (
    update orders.shipments set status = ${status}, updated_at = now()
      ${status === 'delivered' ? sql`, delivered_at = now()` : sql``}
    where id = ${shipmentId} and status = any(${openStates}::text[])
    returning id, location_id
  ),
  goods as (
    select l.sku, e.location_id, l.quantity from ended e join orders.shipment_lines l on l.shipment_id = e.id
  )`;

/** The goods are the buyer's now: they are on hand no more. False when the shipment had ended before. */
export async function deliverShipment(sql: Sql | Tx, shipmentId: string): Promise<boolean> {
  const [row] = await sql<{ ended: boolean }[]>`
    with ${ended(sql, shipmentId, 'delivered')},
    ${shelf(sql)},
    gone as (
      update orders.stock s set in_transit_out = s.in_transit_out - f.quantity, on_hand = s.on_hand - f.quantity
      from shelf f where s.sku = f.sku and s.location_id = f.location_id
      returning s.sku, s.location_id, f.quantity
    ),
    moved as (
      insert into orders.stock_movements (sku, location_id, change, reason, reference)
      select sku, location_id, -quantity, 'delivered', ${shipmentId} from gone
    )
    select exists (select from ended) as ended`;
  return row!.ended;
}

/** The goods go back to the shelf, free for the next buyer. False when the shipment had ended before. */
export async function cancelShipment(sql: Sql | Tx, shipmentId: string): Promise<boolean> {
  const [row] = await sql<{ ended: boolean }[]>`
    with ${ended(sql, shipmentId, 'cancelled')},
    ${shelf(sql)},
    back as (
      update orders.stock s set in_transit_out = s.in_transit_out - f.quantity
      from shelf f where s.sku = f.sku and s.location_id = f.location_id
    )
    select exists (select from ended) as ended`;
  return row!.ended;
}

/** Packed, then on the road. False when the shipment is not in the state before. */
export async function advanceShipment(
  sql: Sql | Tx,
  shipmentId: string,
  to: 'packed' | 'in_transit',
): Promise<boolean> {
  const from = to === 'packed' ? ['picking'] : ['picking', 'packed'];
  const rows = await sql`
    update orders.shipments set status = ${to}, updated_at = now()
    where id = ${shipmentId} and status = any(${from}::text[]) returning id`;
  return rows.length > 0;
}

/** Returned goods that can be sold again. `reference` (the return's id) makes it happen once; false when it had. */
export async function restock(
  sql: Sql | Tx,
  {
    reference,
    locationId,
    sku,
    quantity,
  }: { reference: string; locationId: string; sku: string; quantity: number },
): Promise<boolean> {
  const rows = await sql`
    with moved as (
      insert into orders.stock_movements (sku, location_id, change, reason, reference)
      select sku, location_id, ${quantity}::int, 'restocked', ${reference} from orders.stock
      where sku = ${sku} and location_id = ${locationId}
      on conflict do nothing returning sku, location_id, change
    )
    update orders.stock s set on_hand = s.on_hand + m.change
    from moved m where s.sku = m.sku and s.location_id = m.location_id returning s.sku`;
  return rows.length > 0;
}
