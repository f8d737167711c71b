// Goods on their way from one location to another. Each step is one statement, and the same step again changes nothing.
import type { z } from 'zod';
import type { planTransfer as planned, TransferAnswer } from '../contracts/stock-api.ts';
import { retryDeadlock } from '../db/conflict.ts';
import type { Database, Sql } from '../db/client.ts';

type Plan = z.output<typeof planned>;

/** Nothing moves yet, and asked for again it may have moved since. The destination may be new to the article. */
export async function planTransfer(db: Database, plan: Plan): Promise<TransferAnswer> {
  const { id, origin, dest, sku, quantity } = plan;
  const [row] = await db.query(
    'plan transfer',
    (sql) => sql<{ known: boolean; same: boolean | null; status: string | null }[]>`
      with known as (select from orders.stock where sku = ${sku} and location_id = ${origin}),
      shelf as (
        insert into orders.stock (sku, location_id, on_hand) select ${sku}, ${dest}, 0 from known
        on conflict do nothing
      ),
      planned as (
        insert into orders.transfers as t (id, origin, dest, sku, quantity)
        select ${id}, ${origin}, ${dest}, ${sku}, ${quantity}::int from known
        -- Changes nothing, and tells what is there.
        on conflict (id) do update set id = t.id
        returning (origin, dest, sku, quantity) = (${origin}, ${dest}, ${sku}, ${quantity}::int) as same, status
      )
      select exists (select from known) as known, same, status from (values (1)) asked left join planned on true`,
  );
  if (!row!.known) return { kind: 'no_such_stock' };
  return row!.same ? { kind: 'done', status: row!.status! } : { kind: 'other_transfer' };
}

export const steps = ['dispatch', 'receive', 'cancel'] as const;
export type Step = (typeof steps)[number];

/** What each step does to a unit: at the origin's shelf, at the destination's, and on the way. */
const effects = {
  dispatch: { from: ['planned'], to: 'in_transit' },
  receive: { from: ['in_transit'], to: 'received' },
  cancel: { from: ['planned', 'in_transit'], to: 'cancelled' },
} as const satisfies Record<Step, { readonly from: readonly string[]; readonly to: string }>;

export async function moveTransfer(db: Database, id: string, step: Step): Promise<TransferAnswer> {
  const [row] = await retryDeadlock(() => db.query(`${step} transfer`, (sql) => move(sql, id, step)));
  if (row === undefined) return { kind: 'no_such_transfer' };
  const { to } = effects[step];
  if (row.moved || row.status === to) return { kind: 'done', status: to };
  if ((effects[step].from as readonly string[]).includes(row.status)) return { kind: 'not_enough' };
  return { kind: 'not_now', status: row.status };
}

/**
 * What leaves is on nobody's shelf and on its way in at the destination; cancelled on the way, it is back. Only what is not
 * promised to a buyer may leave, and only what was not sold on its way may come back.
 */
const move = (sql: Sql, id: string, step: Step) => sql<{ status: string; moved: boolean }[]>`
  with asked as (select * from orders.transfers where id = ${id} for update),
  due as (
    select *, case when ${step} = 'dispatch' then -quantity when status = 'in_transit' then quantity else 0 end as back
    from asked where status = any(${effects[step].from as unknown as string[]}::text[])
  ),
  shelf as (
    select s.* from orders.stock s join due d on s.sku = d.sku and s.location_id in (d.origin, d.dest)
    order by s.sku, s.location_id
    for no key update of s
  ),
  after as (
    select s.sku, s.location_id, s.sell_in_transit, s.reserved, s.in_transit_out,
      s.on_hand + case
        when ${step} = 'receive' and s.location_id = d.dest then d.back
        when ${step} <> 'receive' and s.location_id = d.origin then d.back
        else 0 end as on_hand,
      s.in_transit_in - case when s.location_id = d.dest then d.back else 0 end as in_transit_in,
      s.on_hand as was
    from shelf s, due d
  ),
  sound as (
    select * from after where (select bool_and(a.reserved + a.in_transit_out
      <= a.on_hand + case when a.sell_in_transit then a.in_transit_in else 0 end and a.in_transit_out <= a.on_hand) from after a)
  ),
  changed as (
    update orders.stock s set on_hand = a.on_hand, in_transit_in = a.in_transit_in
    from sound a where s.sku = a.sku and s.location_id = a.location_id
  ),
  noted as (
    insert into orders.stock_movements (sku, location_id, change, reason, reference)
    select sku, location_id, on_hand - was,
      ${step === 'dispatch' ? 'transfer_out' : step === 'receive' ? 'transfer_in' : 'transfer_back'}, ${id}
    from sound where on_hand <> was
  ),
  ended as (
    update orders.transfers t set status = ${effects[step].to}, updated_at = now()
    where t.id = ${id} and exists (select from sound)
    returning t.id
  )
  select status, exists (select from ended) as moved from asked`;
