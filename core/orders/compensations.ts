// Orders that have to be undone, found by SQL. The README beside this file lists every way back.
import type { Database } from '../db/client.ts';

export interface Undone {
  readonly order_id: string;
  /** `cancel`: nothing was captured. `refund`: money is with us and goes back in full. `give_up`: nothing was sent for too long. */
  readonly how: 'cancel' | 'refund' | 'give_up';
  readonly reason: string;
  /** Refunds so far: the next one's name follows from it, the same for whoever looks. */
  readonly refunds: number;
}

/**
 * Orders to undo, oldest first. An order whose capture is under way is not among them: what becomes of the capture decides
 * how. Nor is one whose refund is, or was refused: that one is a person's.
 */
export const ordersToUndo = (db: Database, giveUpAfterMs: number, limit: number): Promise<Undone[]> =>
  db.query(
    'orders to undo',
    (sql) => sql<Undone[]>`
      with unwanted as (
        select o.public_id, o.state, o.updated_at, 'cancelled' as reason from orders.orders o
        where o.cancel_requested_at is not null and o.state in ('authorized', 'captured', 'partially_refunded')
          and (o.state <> 'authorized' or o.capture_requested_at is null)
        union all
        select o.public_id, o.state, o.updated_at, 'fraud' from orders.fraud_reviews f
        join orders.orders o on o.public_id = f.order_id
        where f.state = 'rejected' and o.state in ('authorized', 'captured') and o.cancel_requested_at is null
        union all
        -- A capture that the cancellation overtook.
        select o.public_id, o.state, o.updated_at, 'captured_after_cancel' from orders.orders o
        join orders.order_balances b on b.order_id = o.public_id
        where o.state = 'cancelled' and o.capture_requested_at is not null
          and b.captured_minor - b.refunded_minor - b.charged_back_minor + b.reversed_minor > 0
        union all
        select o.public_id, o.state, o.updated_at, 'not_sent' from orders.orders o
        where o.state in ('captured', 'partially_refunded') and o.cancel_requested_at is null
          and o.updated_at < now() - ${giveUpAfterMs}::float8 * interval '1 millisecond'
          and not exists (select from orders.shipments s where s.order_id = o.public_id)
      )
      select u.public_id as order_id, u.reason,
        case when u.reason in ('not_sent', 'fraud') then 'give_up' when u.state = 'authorized' then 'cancel' else 'refund' end as how,
        (select count(*)::int from orders.payment_operations p where p.order_id = u.public_id and p.kind = 'refund') as refunds
      from unwanted u
      where not exists (select from orders.payment_operations p
        where p.order_id = u.public_id and p.kind = 'refund' and p.state <> 'done')
      order by u.updated_at limit ${limit}`,
  );
