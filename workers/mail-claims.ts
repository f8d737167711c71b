// One row an (order, kind) of mail: whoever holds the claim sends, and nobody else.
import type { OrderToConfirm } from './confirmation-mail.ts';
import type { Sql } from '../core/db/client.ts';

/** Longer than a sender's timeouts together: past it the sender is dead, not slow. */
export const claimLeaseSeconds = 30;

export type Claim =
  | { readonly kind: 'ours'; readonly order: OrderToConfirm; readonly token: string }
  | { readonly kind: 'sent' }
  /** Another run is sending right now, or died less than a lease ago. */
  | { readonly kind: 'held' }
  /** Cancelled in the meantime, or never authorised. */
  | { readonly kind: 'not_wanted' };

type ClaimRow = OrderToConfirm & { state: string; wanted: boolean; token: string | null };

export async function claimMail(
  sql: Sql,
  {
    orderId,
    kind,
    messageId,
  }: { readonly orderId: string; readonly kind: string; readonly messageId: string },
): Promise<Claim> {
  const [row] = await sql<ClaimRow[]>`
    with wanted as (
      select public_id as order_id, email, total_minor, currency,
        state not in ('pending_payment', 'cancelled') as wanted
      from orders.orders where public_id = ${orderId}
    ),
    claimed as (
      insert into orders.notifications as n (order_id, kind, message_id)
      select order_id, ${kind}, ${messageId} from wanted where wanted
      on conflict (order_id, kind) do update set claimed_at = clock_timestamp()
        where n.state = 'claimed' and n.claimed_at < clock_timestamp() - ${claimLeaseSeconds}::int * interval '1 second'
      returning claimed_at::text as token
    )
    select wanted.*, (select token from claimed) as token,
      coalesce((select state from orders.notifications where order_id = ${orderId} and kind = ${kind}), '') as state
    from wanted`;
  if (row === undefined || !row.wanted)
    return row?.state === 'sent' ? { kind: 'sent' } : { kind: 'not_wanted' };
  if (row.token !== null) {
    const { order_id, email, total_minor, currency, token } = row;
    return { kind: 'ours', order: { order_id, email, total_minor, currency }, token };
  }
  return { kind: row.state === 'sent' ? 'sent' : 'held' };
}

/** The mail was not accepted as far as we know: the next run need not wait for the lease. */
export const releaseClaim = (sql: Sql, orderId: string, kind: string, token: string) => sql`
  update orders.notifications set claimed_at = '-infinity'
  where order_id = ${orderId} and kind = ${kind} and state = 'claimed' and claimed_at::text = ${token}`;

/** Sent and handled in one statement; the result is the delay since the order was authorised, null when it was known. */
export async function noteSent(
  sql: Sql,
  { orderId, kind, consumer, eventId }: Readonly<Record<'orderId' | 'kind' | 'consumer' | 'eventId', string>>,
): Promise<number | null> {
  const [row] = await sql<{ delay_s: number | null }[]>`
    with sent as (
      update orders.notifications set state = 'sent', sent_at = clock_timestamp()
      where order_id = ${orderId} and kind = ${kind} and state = 'claimed' returning order_id, sent_at
    ),
    handled as (
      insert into orders.inbox (consumer, event_id) values (${consumer}, ${eventId}::uuid) on conflict do nothing
    )
    select extract(epoch from s.sent_at - o.authorized_at)::float8 as delay_s
    from sent s join orders.orders o on o.public_id = s.order_id`;
  return row?.delay_s ?? null;
}
