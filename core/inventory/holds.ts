// Soft holds: what a cart keeps for its buyer while they type an address. Only of what is scarce, because what is plentiful
// is there anyway; only for a while; and never the truth, which is the order's own hold.
import type { CartHold, HoldResult } from '../contracts/orders-api.ts';
import { brokeUniqueIndex, retryDeadlock } from '../db/conflict.ts';
import type { Database, Sql } from '../db/client.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { expireReservations } from './expire.ts';
import { allocation, reservable, take } from './reserve.ts';

export interface HoldDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly ttlMs: number;
  /** A hold that leaves at least so many is not taken. */
  readonly below: number;
}

// Bounds one reclaim; what is left is reclaimed by the next or the sweeper.
const reclaimLimit = 200;
// Each further try means that a hold of this very cart came or went meanwhile.
const maxTries = 5;

/** In order of arrival. Asking again is safe: a hold is so much of a SKU for a cart, not so much more. */
export async function holdForCarts(deps: HoldDeps, asked: readonly CartHold[]): Promise<HoldResult[]> {
  const key = ({ cart_id, sku }: CartHold) => `${cart_id} ${sku}`;
  // A cart that asks twice at once means the larger amount.
  const byCart = new Map<string, CartHold>();
  for (const wish of asked) {
    const seen = byCart.get(key(wish));
    if (seen === undefined || seen.quantity < wish.quantity) byCart.set(key(wish), wish);
  }
  const wishes = [...byCart.values()];
  const policies = await deps.db.query('read hold policy', (sql) => readPolicies(sql, wishes));
  const scarce = wishes.filter((_, at) => policies[at]!.at_cart && policies[at]!.most_left < deps.below);
  const held = scarce.length === 0 ? [] : await takeOrReclaim(deps, scarce);
  const results = new Map(wishes.map((wish, at) => [key(wish), notHeld(policies[at]!)]));
  for (const [at, wish] of scarce.entries()) results.set(key(wish), { kind: held[at]! ? 'held' : 'short' });
  return asked.map((wish) => results.get(key(wish))!);
}

interface Policy {
  readonly at_cart: boolean;
  /** At the location that would have most left after the hold. */
  readonly most_left: number;
}

const notHeld = ({ at_cart, most_left }: Policy): HoldResult =>
  at_cart ? { kind: 'not_held', left: most_left } : { kind: 'not_held' };

const readPolicies = (sql: Sql, wishes: readonly CartHold[]) => sql<Policy[]>`
  select coalesce(bool_and(s.hold_at = 'cart'), false) as at_cart,
    coalesce(max(${reservable(sql)} - w.quantity), 0)::int as most_left
  from unnest(${wishes.map(({ sku }) => sku)}::text[], ${wishes.map(({ quantity }) => quantity)}::int[])
    with ordinality as w (sku, quantity, n)
  left join orders.stock s on s.sku = w.sku
  group by w.n order by w.n`;

/** Whether each is held; once more, one by one, for those who were short, after overdue holds went back. */
async function takeOrReclaim(deps: HoldDeps, wishes: readonly CartHold[]): Promise<boolean[]> {
  const first = await takeTogether(deps, wishes);
  if (first.every(Boolean)) return first;
  const short = wishes.filter((_, at) => !first[at]);
  const skus = [...new Set(short.map(({ sku }) => sku))];
  const reclaimed = (await expireReservations(deps.db, deps.instruments, reclaimLimit, skus)) > 0;
  // Several may be short of what the ones before them, or another location, could give one by one.
  if (!reclaimed && wishes.length === 1) return first;
  const results = [...first];
  for (const [at, wish] of wishes.entries()) {
    if (!results[at]) results[at] = (await takeTogether(deps, [wish]))[0]!;
  }
  return results;
}

async function takeTogether(deps: HoldDeps, wishes: readonly CartHold[]): Promise<boolean[]> {
  const write = () => deps.db.query('hold for carts', (sql) => writeHolds(sql, wishes, deps.ttlMs));
  for (let tries = 1; ; tries++) {
    try {
      return (await retryDeadlock(write)).map(({ held }) => held);
    } catch (error) {
      // The same cart asked another process at this moment; now its hold is there and is changed, not added.
      if (tries === maxTries || !brokeUniqueIndex(error, 'one_soft_hold')) throw error;
    }
  }
}

/**
 * One statement, committed without waiting for the disk: a hold lost in a crash is lost with what it reserved, and the
 * order takes its own. An order's commit waits, and takes earlier holds to the disk with it.
 */
const writeHolds = (sql: Sql, wishes: readonly CartHold[], ttlMs: number) => sql<{ held: boolean }[]>`
  with wish as (
    select n::int, cart_id, sku, quantity, null::text as near, set_config('synchronous_commit', 'off', true)
    from unnest(${wishes.map(({ cart_id }) => cart_id)}::text[], ${wishes.map(({ sku }) => sku)}::text[],
      ${wishes.map(({ quantity }) => quantity)}::int[]) with ordinality as w (cart_id, sku, quantity, n)
  ),
  demand as (select n, sku, quantity from wish),
  ${allocation(sql, { rule: 'closest', split: false, holding: true, together: true, several: false })},
  granted as (select f.* from fitted f join covered using (n)),
  ${take(sql, true)},
  changed as (
    update orders.reservations r
    set quantity = g.quantity, location_id = g.location_id, expires_at = now() + ${ttlMs}::int * interval '1 millisecond'
    from granted g join own o on o.n = g.n where r.id = o.id
  ),
  held as (
    insert into orders.reservations (cart_id, sku, location_id, quantity, kind, expires_at)
    select w.cart_id, g.sku, g.location_id, g.quantity, 'soft', now() + ${ttlMs}::int * interval '1 millisecond'
    from granted g join wish w using (n) where g.n not in (select n from own)
  )
  select n in (select n from granted) as held from wish order by n`;
