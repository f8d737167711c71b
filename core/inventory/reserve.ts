// Taking stock, as parts of one statement: rows are locked in (sku, location_id) order, the formula is checked under the
// lock, and nothing crosses the network while a hot row is locked. Carts wait for each other but never in a circle.
import type { Sql, Tx } from '../db/client.ts';
import type { RoutingRule } from './routing.ts';

/** What may be promised to one more buyer. Stock in transit to us is not here yet, so it does not count unless told to. */
export const reservable = (sql: Sql | Tx) => sql`
  (s.on_hand - s.reserved - s.in_transit_out - s.safety_stock + case when s.sell_in_transit then s.in_transit_in else 0 end)`;

export interface Choice {
  readonly rule: RoutingRule;
  readonly split: boolean;
}

/**
 * CTEs `own` … `covered (n)` over the CTEs `wish (n, cart_id, near)`, one row a buyer in order of arrival, and
 * `demand (n, sku, quantity)`, one row a SKU. What a cart holds already counts for it. A buyer is covered when every SKU
 * fits behind the buyers before it; one who does not fit here may still fit alone, because those before may want nothing.
 */
export const allocation = (sql: Sql | Tx, { rule, split }: Choice) => sql`
  own as (
    select r.id, w.n, r.sku, r.location_id, r.quantity
    from wish w join orders.reservations r on r.cart_id = w.cart_id
    where r.kind = 'soft' and r.status = 'active' and exists (select from demand d where d.n = w.n and d.sku = r.sku)
    order by r.id
    for update of r
  ),
  locked as (
    select s.sku, s.location_id, ${reservable(sql)} as free
    from orders.stock s
    -- Counting what is held locks it, and that comes before stock.
    where s.sku in (select sku from demand) and (select count(*) from own) >= 0
    order by s.sku, s.location_id
    for update of s
  ),
  offered as (
    select d.n, d.sku, d.quantity as wanted, l.location_id, l.free, coalesce(o.quantity, 0) as held, o.id as hold_id,
      least(greatest(l.free + coalesce(o.quantity, 0), 0), d.quantity) as can,
      array_position(string_to_array(w.near, ','), l.location_id) as place
    from demand d
    join wish w on w.n = d.n
    join locked l on l.sku = d.sku
    left join own o on o.n = d.n and o.sku = d.sku and o.location_id = l.location_id
  ),
  served as (
    select *, can = wanted as alone, count(*) filter (where can = wanted) over (partition by n, location_id) as serves
    from offered where can > 0 ${split ? sql`` : sql`and can = wanted`}
  ),
  ranked as (
    select *, sum(can) over (
      partition by n, sku
      order by alone desc, ${rule === 'fewest_splits' ? sql`serves desc,` : sql``} place nulls last, location_id
      rows unbounded preceding
    ) as upto
    from served
  ),
  chosen as (
    select n, sku, location_id, free, held, hold_id, wanted, least(can, wanted - (upto - can))::int as quantity
    from ranked where upto - can < wanted
  ),
  fitted as (
    select *, sum(greatest(quantity - held, 0)) over (partition by sku, location_id order by n) <= free as fits
    from chosen
  ),
  covered as (
    select w.n from wish w
    where not exists (
      select from demand d where d.n = w.n
        and d.quantity > coalesce((select sum(f.quantity) from fitted f where f.n = d.n and f.sku = d.sku and f.fits), 0)
    )
  )`;

/**
 * CTE `taken`: the stock rows of the CTE `granted (n, sku, location_id, quantity)` with what each grows by: what is taken
 * now, less what the same buyers held before.
 */
export const take = (sql: Sql | Tx) => sql`
  taken as (
    update orders.stock s set reserved = s.reserved + c.change
    from (
      select sku, location_id, sum(change)::int as change from (
        select sku, location_id, quantity as change from granted
        union all
        select o.sku, o.location_id, -o.quantity from own o where o.n in (select n from granted)
      ) every group by sku, location_id
    ) c
    where s.sku = c.sku and s.location_id = c.location_id
  )`;

/**
 * CTEs `granted`, `taken`, `hardened`, `dropped`, `held`: takes what is `fitted` for each buyer of the CTE
 * `holder (order_id)`, which `wish` names. A cart's hold becomes its order's; what it held elsewhere goes back.
 */
export const hold = (sql: Sql | Tx, ttlMs: number) => sql`
  granted as (
    select w.order_id, f.n, f.sku, f.location_id, f.quantity, f.hold_id
    from holder h join wish w on w.order_id = h.order_id join fitted f on f.n = w.n
  ),
  ${take(sql)},
  hardened as (
    update orders.reservations r
    set kind = 'hard', order_id = g.order_id, quantity = g.quantity, expires_at = now() + ${ttlMs}::int * interval '1 millisecond'
    from granted g where r.id = g.hold_id
  ),
  dropped as (
    update orders.reservations r set status = 'voided'
    from own o where r.id = o.id and o.n in (select n from granted)
      and not exists (select from granted g where g.hold_id = o.id)
  ),
  held as (
    insert into orders.reservations (order_id, sku, location_id, quantity, expires_at)
    select order_id, sku, location_id, quantity, now() + ${ttlMs}::int * interval '1 millisecond'
    from granted where hold_id is null
  )`;
