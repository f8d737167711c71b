// What is to be done for orders next, found by SQL: nobody's memory, so a worker that dies takes nothing with it, and
// two that look at once find the same and do it once. This is the fulfilment queue: orders wait in it as authorised.
import { createHash } from 'node:crypto';
import type { Database } from '../db/client.ts';
import { mayBeCaptured } from './payment-operations.ts';

const ids = async (rows: Promise<readonly { order_id: string }[]>) => (await rows).map((row) => row.order_id);

/** Authorised longer than `delayMs`, the time in which a buyer may change their mind; who waits longest comes first. */
export const ordersToCapture = (db: Database, delayMs: number, limit: number): Promise<string[]> =>
  ids(
    db.query(
      'orders to capture',
      (sql) => sql<{ order_id: string }[]>`
        select o.public_id as order_id from orders.orders o
        where ${mayBeCaptured(sql)} and o.authorized_at < now() - ${delayMs}::float8 * interval '1 millisecond'
        order by o.authorized_at limit ${limit}`,
    ),
  );

/** Parcels that the warehouses have been told of and have not handed over. */
export async function openParcels(db: Database): Promise<number> {
  const [row] = await db.query(
    'count open parcels',
    (sql) => sql<{ n: number }[]>`
      select count(*)::int as n from orders.shipments where status in ('picking', 'packed', 'in_transit')`,
  );
  return row!.n;
}

export interface Parcel {
  readonly order_id: string;
  readonly location_id: string;
}

/** One parcel a location that holds stock for a captured order, once all of it is there. */
export const parcelsToMake = (db: Database, limit: number): Promise<Parcel[]> =>
  db.query(
    'parcels to make',
    (sql) => sql<Parcel[]>`
      select r.order_id, r.location_id
      from orders.orders o
      join orders.reservations r on r.order_id = o.public_id and r.status = 'active'
      join orders.stock s on s.sku = r.sku and s.location_id = r.location_id
      where o.state in ('captured', 'partially_fulfilled', 'partially_refunded') and o.cancel_requested_at is null
      group by r.order_id, r.location_id
      -- Sold while it was still on its way to the location.
      having bool_and(s.on_hand - s.in_transit_out >= r.quantity)
      order by min(o.updated_at) limit ${limit}`,
  );

/** The same parcel whoever makes it: an order has one a location. */
export const parcelId = ({ order_id, location_id }: Parcel): string =>
  `shp_${createHash('sha256').update(`${order_id} ${location_id}`).digest('hex').slice(0, 24)}`;

export interface OpenParcel {
  readonly id: string;
  readonly order_id: string;
}

/** For a house that hands over as soon as it has packed. */
export const parcelsToHandOver = (db: Database, limit: number): Promise<OpenParcel[]> =>
  db.query(
    'parcels to hand over',
    (sql) => sql<OpenParcel[]>`
      select id, order_id from orders.shipments where status in ('picking', 'packed', 'in_transit')
      order by created_at limit ${limit}`,
  );
