// One row an (order, kind) of mail. Who sends holds a lock of its transaction for as long as it sends: its death frees
// the mail at once, without a lease to wait for.
import type { Sql, Tx } from '../core/db/client.ts';
import type { OrderToConfirm } from './confirmation-mail.ts';

export interface MailKey {
  readonly orderId: string;
  readonly kind: string;
}

export type Claim =
  | { readonly kind: 'ours'; readonly order: OrderToConfirm }
  | { readonly kind: 'sent' }
  /** Another run is sending right now. */
  | { readonly kind: 'held' }
  /** Cancelled in the meantime, or never authorised. */
  | { readonly kind: 'not_wanted' };

export async function claimMail(tx: Tx, { orderId, kind }: MailKey): Promise<Claim> {
  const [lock] = await tx<{ ours: boolean }[]>`
    select pg_try_advisory_xact_lock(hashtextextended(${`${kind} ${orderId}`}, 0)) as ours`;
  if (!lock!.ours) return { kind: 'held' };
  // A statement of its own: its snapshot is taken after the lock, so it sees what the holder before us committed.
  const [row] = await tx<(OrderToConfirm & { sent: boolean; wanted: boolean })[]>`
    select public_id as order_id, email, total_minor, currency,
      state not in ('pending_payment', 'cancelled') as wanted,
      exists (select from orders.notifications n
        where n.order_id = o.public_id and n.kind = ${kind} and n.state = 'sent') as sent
    from orders.orders o where public_id = ${orderId}`;
  if (row === undefined) return { kind: 'not_wanted' };
  const { sent, wanted, ...order } = row;
  if (sent) return { kind: 'sent' };
  return wanted ? { kind: 'ours', order } : { kind: 'not_wanted' };
}

/** Sent and handled, in one statement; the result is the delay since the order was authorised, null when it was noted before. */
export async function noteSent(
  sql: Sql | Tx,
  { orderId, kind }: MailKey,
  { messageId, consumer, eventId }: Readonly<Record<'messageId' | 'consumer' | 'eventId', string>>,
): Promise<number | null> {
  const [row] = await sql<{ delay_s: number | null }[]>`
    with sent as (
      insert into orders.notifications as n (order_id, kind, state, message_id, sent_at)
      values (${orderId}, ${kind}, 'sent', ${messageId}, clock_timestamp())
      on conflict (order_id, kind) do update set state = 'sent', sent_at = excluded.sent_at where n.state <> 'sent'
      returning order_id, sent_at
    ),
    handled as (
      insert into orders.inbox (consumer, event_id) values (${consumer}, ${eventId}::uuid) on conflict do nothing
    )
    select extract(epoch from s.sent_at - o.authorized_at)::float8 as delay_s
    from sent s join orders.orders o on o.public_id = s.order_id`;
  return row?.delay_s ?? null;
}
