// The materialised columns of stock against the rows they sum up. Drift is a bug, or a hand in the database: it is counted,
// put right, and never believed to be the last.
import type { Database, Sql, Tx } from '../db/client.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { stockDriftRepaired } from '../telemetry/metrics/inventory.ts';

export interface Drift {
  readonly sku: string;
  readonly location_id: string;
  readonly reserved: number;
  readonly in_transit_out: number;
  readonly in_transit_in: number;
}

/** Rows whose columns differ from the sums, with by how much. One statement is one snapshot, so nothing in passing counts. */
export const driftRows = (sql: Sql | Tx) => sql`
  select * from (
    select s.sku, s.location_id, (s.reserved - coalesce(r.held, 0))::int as reserved,
      (s.in_transit_out - coalesce(o.sent, 0))::int as in_transit_out, (s.in_transit_in - coalesce(i.coming, 0))::int as in_transit_in
    from orders.stock s
    left join (
      select sku, location_id, sum(quantity) as held from orders.reservations where status = 'active' group by sku, location_id
    ) r using (sku, location_id)
    left join (
      select l.sku, p.location_id, sum(l.quantity) as sent
      from orders.shipments p join orders.shipment_lines l on l.shipment_id = p.id
      where p.status in ('picking', 'packed', 'in_transit') group by l.sku, p.location_id
    ) o using (sku, location_id)
    left join (
      select sku, dest as location_id, sum(quantity) as coming from orders.transfers where status = 'in_transit' group by sku, dest
    ) i using (sku, location_id)
  ) d where (d.reserved, d.in_transit_out, d.in_transit_in) <> (0, 0, 0)`;

export const readDrift = (db: Database): Promise<Drift[]> =>
  db.query('read stock drift', (sql) => sql<Drift[]>`${driftRows(sql)} order by sku, location_id`);

/**
 * Puts the columns right and says what was wrong. The sums are read again once the rows are locked: what looked like drift
 * may have moved meanwhile. Of a row that would then be oversold nothing is changed; that one is a person's.
 */
export async function repairDrift(db: Database, instruments: Instruments): Promise<Drift[]> {
  const suspects = await readDrift(db);
  if (suspects.length === 0) return [];
  const repaired = await db.transaction('repair stock drift', async (tx) => {
    const skus = suspects.map(({ sku }) => sku);
    await tx`select from orders.stock where sku = any(${skus}::text[]) order by sku, location_id for no key update`;
    return await tx<Drift[]>`
      with wrong as (${driftRows(tx)}),
      repaired as (
        update orders.stock s set reserved = s.reserved - w.reserved, in_transit_out = s.in_transit_out - w.in_transit_out,
          in_transit_in = s.in_transit_in - w.in_transit_in
        from wrong w
        where s.sku = w.sku and s.location_id = w.location_id and s.sku = any(${skus}::text[])
          and s.in_transit_out - w.in_transit_out <= s.on_hand
          and s.reserved - w.reserved + s.in_transit_out - w.in_transit_out
            <= s.on_hand + case when s.sell_in_transit then s.in_transit_in - w.in_transit_in else 0 end
        returning s.sku, s.location_id, w.reserved, w.in_transit_out, w.in_transit_in
      )
      select * from repaired order by sku, location_id`;
  });
  for (const column of stockDriftRepaired.labels.column)
    instruments.count(stockDriftRepaired, { column }, repaired.filter((row) => row[column] !== 0).length);
  return repaired;
}
