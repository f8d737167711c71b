// A warehouse counted. Its count is the truth of the moment it was made: what moved since is added, and what is promised is
// never undercut, because a buyer's hold is not the warehouse's to take.
import type { StockFeed, StockFeedAnswer } from '../contracts/stock-api.ts';
import { retryDeadlock } from '../db/conflict.ts';
import type { Database, Sql } from '../db/client.ts';

const shortfall = 'stock_feed_shortfall';
// Two counts of one location at one moment: the later one starts over.
const maxTries = 5;

export async function takeStockFeed(
  db: Database,
  location: string,
  feed: StockFeed,
): Promise<StockFeedAnswer> {
  for (let tries = 1; ; tries++) {
    const [row] = await retryDeadlock(() => db.query('take stock feed', (sql) => apply(sql, location, feed)));
    if (row!.taken) return { kind: 'taken', shortfalls: row!.shortfalls };
    if (row!.known !== null && row!.known >= feed.sequence) return { kind: 'old', shortfalls: [] };
    if (tries === maxTries) throw new Error(`the feed of ${location} could be neither taken nor refused`);
  }
}

interface Applied {
  readonly taken: boolean;
  /** The sequence this statement began with. */
  readonly known: number | null;
  readonly shortfalls: string[];
}

const apply = (sql: Sql, location: string, { sequence, as_of_ms, levels }: StockFeed) => sql<Applied[]>`
  with known as (select sequence from orders.stock_feeds where location_id = ${location}),
  newest as (
    insert into orders.stock_feeds as f (location_id, sequence, as_of)
    values (${location}, ${sequence}, least(to_timestamp(${as_of_ms}::float8 / 1000), now()))
    on conflict (location_id) do update set sequence = excluded.sequence, as_of = excluded.as_of, received_at = now()
    -- Only from the count this statement saw: below, what changed since it began is taken for movements.
    where f.sequence < excluded.sequence and f.sequence is not distinct from (select sequence from known)
    returning as_of
  ),
  levels as (
    select l.* from jsonb_to_recordset(${sql.json(levels as never)}) as l (sku text, on_hand int), newest
  ),
  born as (
    insert into orders.stock (sku, location_id, on_hand)
    select l.sku, ${location}, l.on_hand from levels l
    where not exists (select from orders.stock s where s.sku = l.sku and s.location_id = ${location})
    order by l.sku
    on conflict do nothing
  ),
  shelf as (
    select s.sku, s.on_hand, s.in_transit_out,
      s.reserved + s.in_transit_out - case when s.sell_in_transit then s.in_transit_in else 0 end as promised
    from orders.stock s join levels l on l.sku = s.sku
    where s.location_id = ${location}
    order by s.sku, s.location_id
    for no key update of s
  ),
  moved as (
    select m.sku, sum(m.change)::int as change from orders.stock_movements m, newest
    where m.location_id = ${location} and m.at > newest.as_of group by m.sku
  ),
  counted as (
    -- The lock shows the row as it is, the plain read as it was when the statement began: between them lie the movements
    -- that "moved" could not see.
    select f.sku, f.promised, f.in_transit_out,
      l.on_hand + coalesce(m.change, 0) + (f.on_hand - began.on_hand) as on_hand
    from shelf f
    join levels l on l.sku = f.sku
    join orders.stock began on began.sku = f.sku and began.location_id = ${location}
    left join moved m on m.sku = f.sku
  ),
  changed as (
    update orders.stock s set on_hand = greatest(c.on_hand, c.promised, c.in_transit_out, 0)
    from counted c where s.sku = c.sku and s.location_id = ${location}
  ),
  missing as (
    insert into orders.discrepancies (class, reference, detail)
    select ${shortfall}, ${`${location}:`} || sku, format('%s counted, %s promised', on_hand, promised)
    from counted where on_hand < promised
    on conflict (class, reference) do update set detail = excluded.detail, resolved_at = null,
      first_seen_at = case when orders.discrepancies.resolved_at is null then orders.discrepancies.first_seen_at else now() end
  ),
  found as (
    update orders.discrepancies set resolved_at = now()
    where class = ${shortfall} and resolved_at is null
      and reference in (select ${`${location}:`} || sku from counted where on_hand >= promised)
  )
  select exists (select from newest) as taken, (select sequence from known) as known,
    array(select sku from counted where on_hand < promised order by sku) as shortfalls`;

/** Age of the last count of the location not heard of for longest, in seconds; 0 where none sends counts. */
export async function oldestFeedSeconds(db: Database): Promise<number> {
  const [row] = await db.query(
    'read feed age',
    (sql) => sql<{ age_s: number }[]>`
      select coalesce(extract(epoch from clock_timestamp() - min(as_of)), 0)::float8 as age_s from orders.stock_feeds`,
  );
  return Math.max(0, row!.age_s);
}
