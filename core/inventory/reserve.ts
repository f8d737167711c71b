// Taking stock, as parts of one statement: rows are locked in (sku, location_id) order, the formula is checked under the
// lock, and nothing crosses the network while a hot row is locked. Carts wait for each other but never in a circle.
// One exception: hold-again.ts, for a payment that came after its hold lapsed, keeps every row of its order's articles over
// a few statements of one transaction. That is rare, and in the same order.
import type { Sql, Tx } from '../db/client.ts';
import type { RoutingRule } from './routing.ts';

/** What may be promised to one more buyer. Stock in transit to us is not here yet, so it does not count unless told to. */
export const reservable = (sql: Sql | Tx) => sql`
  (s.on_hand - s.reserved - s.in_transit_out - s.safety_stock + case when s.sell_in_transit then s.in_transit_in else 0 end)`;

export interface Choice {
  readonly rule: RoutingRule;
  readonly split: boolean;
}

export interface Buyers extends Choice {
  // What is not so is left out of the statement: an order by itself must not pay for what batches need.
  /** Any of them may hold some of it already. */
  readonly holding: boolean;
  /** There are several of them. */
  readonly together: boolean;
  /** Any of them wants several articles. */
  readonly several: boolean;
}

/**
 * CTEs `own` … `fitted`, `covered (n)` over the CTEs `wish (n, cart_id, near)`, one row a buyer in order of arrival, and
 * `demand (n, sku, quantity)`, one row a SKU. What a cart holds already counts for it. A buyer is covered when every SKU
 * fits behind the buyers before it; one who does not fit here may still fit alone, because those before may want nothing.
 */
export const allocation = (sql: Sql | Tx, { rule, split, holding, together, several }: Buyers) => sql`
  ${holding ? ownHolds(sql) : sql``}
  locked as (
    select s.sku, s.location_id, ${reservable(sql)} as free
    from orders.stock s
    where s.sku in (select sku from demand)
      -- Counting what is held locks it, and that comes before stock.
      ${holding ? sql`and (select count(*) from own) >= 0` : sql``}
    -- Everyone locks in this order.
    order by s.sku, s.location_id
    for no key update of s
  ),
  offered as (
    select d.n, d.sku, d.quantity as wanted, l.location_id, l.free, p.held, p.hold_id,
      least(greatest(l.free + p.held, 0), d.quantity) as can,
      array_position(string_to_array(w.near, ','), l.location_id) as place
    from demand d
    join wish w on w.n = d.n
    join locked l on l.sku = d.sku
    ${
      holding
        ? sql`left join own o on o.n = d.n and o.sku = d.sku and o.location_id = l.location_id
          cross join lateral (select coalesce(o.quantity, 0) as held, o.id as hold_id) p`
        : sql`cross join (select 0 as held, null::bigint as hold_id) p`
    }
  ),
  served as (
    select *, can = wanted as alone,
      ${several ? sql`count(*) filter (where can = wanted) over (partition by n, location_id)` : sql`1`} as serves
    from offered where can > 0 ${split ? sql`` : sql`and can = wanted`}
  ),
  ranked as (
    select *, sum(can) over (
      partition by n, sku
      order by alone desc, ${several && rule === 'fewest_splits' ? sql`serves desc,` : sql``} place nulls last, location_id
      rows unbounded preceding
    ) as upto
    from served
  ),
  fitted as (
    select *, ${
      together
        ? sql`sum(greatest(quantity - held, 0)) over (partition by sku, location_id order by n) <= free`
        : sql`true`
    } as fits
    from (
      select n, sku, location_id, free, held, hold_id, least(can, wanted - (upto - can))::int as quantity
      from ranked where upto - can < wanted
    ) chosen
  ),
  short as (
    select d.n, d.sku from demand d
    where d.quantity > coalesce((select sum(f.quantity) from fitted f where f.n = d.n and f.sku = d.sku and f.fits), 0)
  ),
  covered as (select n from wish where n not in (select n from short))`;

/** One look per cart by its index: a join would read every hold there is when the planner expects many carts. */
const ownHolds = (sql: Sql | Tx) => sql`
  own as (
    select r.id, w.n, r.sku, r.location_id, r.quantity
    from wish w
    cross join lateral (
      select h.id from orders.reservations h
      where h.cart_id = w.cart_id and h.kind = 'soft' and h.status = 'active' offset 0
    ) h
    join orders.reservations r on r.id = h.id
    where r.kind = 'soft' and r.status = 'active' and exists (select from demand d where d.n = w.n and d.sku = r.sku)
    order by r.id
    for update of r
  ),`;

/**
 * CTE `taken`: the stock rows of the CTE `granted (n, sku, location_id, quantity)` grow by what is taken now, less what
 * the same buyers held before.
 */
export const take = (sql: Sql | Tx, holding: boolean) => sql`
  taken as (
    update orders.stock s set reserved = s.reserved + c.change
    from (
      select sku, location_id, sum(change)::int as change from (
        select sku, location_id, quantity as change from granted
        ${
          holding
            ? sql`union all
              select o.sku, o.location_id, -o.quantity from own o where o.n in (select n from granted)`
            : sql``
        }
      ) every group by sku, location_id
    ) c
    where s.sku = c.sku and s.location_id = c.location_id
  )`;

/**
 * CTEs `granted`, `taken`, `held` and more: takes what is `fitted` for each buyer of the CTE `holder (order_id)`, whom
 * `wish` names. A cart's hold becomes its order's; what it held elsewhere goes back.
 */
export const hold = (sql: Sql | Tx, ttlMs: number, holding: boolean) => sql`
  granted as (
    select w.order_id, f.n, f.sku, f.location_id, f.quantity, f.hold_id
    from holder h join wish w on w.order_id = h.order_id join fitted f on f.n = w.n
  ),
  ${take(sql, holding)},
  ${holding ? harden(sql, ttlMs) : sql``}
  held as (
    insert into orders.reservations (order_id, sku, location_id, quantity, expires_at)
    select order_id, sku, location_id, quantity, now() + ${ttlMs}::int * interval '1 millisecond'
    from granted where hold_id is null
  )`;

const harden = (sql: Sql | Tx, ttlMs: number) => sql`
  hardened as (
    update orders.reservations r
    set kind = 'hard', order_id = g.order_id, quantity = g.quantity, expires_at = now() + ${ttlMs}::int * interval '1 millisecond'
    from granted g where r.id = g.hold_id
  ),
  dropped as (
    update orders.reservations r set status = 'voided'
    from own o where r.id = o.id and o.n in (select n from granted)
      and not exists (select from granted g where g.hold_id = o.id)
  ),`;
