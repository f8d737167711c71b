// One row an (order, kind) of mail. Who sends holds a lock of its transaction for as long as it sends: its death frees
// the mail at once, without a lease to wait for.
import type { Sql, Tx } from '../core/db/client.ts';
import { type Handled, noteHandled } from '../core/outbox/inbox.ts';
import { type MailFacts, type MailKey, type MailTemplate, messageIdOf, recordKind } from './mail/mail.ts';

export type Claim =
  | { readonly kind: 'ours'; readonly facts: MailFacts }
  | { readonly kind: 'sent' }
  /** Another run is sending right now. */
  | { readonly kind: 'held' }
  /** Overtaken by what became of the order in the meantime. */
  | { readonly kind: 'not_wanted' };

export async function claimMail(tx: Tx, key: MailKey, template: MailTemplate): Promise<Claim> {
  const kind = recordKind(key);
  // Two statements in one trip. The second takes its snapshot after the first has the lock, so it sees what the holder
  // before us committed.
  const [[lock], [row]] = await Promise.all([
    tx<{ ours: boolean }[]>`
      select pg_try_advisory_xact_lock(hashtextextended(${`${kind} ${key.orderId}`}, 0)) as ours`,
    tx<(MailFacts & { sent: boolean; wanted: boolean })[]>`
      select public_id as order_id, email, address->>'name' as name, market, currency, total_minor,
        ${aboutSubject(tx, key)},
        state <> all(${template.unwantedIn as string[]}::text[]) as wanted,
        exists (select from orders.notifications n
          where n.order_id = o.public_id and n.kind = ${kind} and n.state = 'sent') as sent
      from orders.orders o where public_id = ${key.orderId}`,
  ]);
  if (!lock!.ours) return { kind: 'held' };
  if (row === undefined) return { kind: 'not_wanted' };
  const { sent, wanted, ...facts } = row;
  if (sent) return { kind: 'sent' };
  return wanted ? { kind: 'ours', facts } : { kind: 'not_wanted' };
}

/** What is in the parcel, and how much was refunded: at most one of the two, by the id the event names. */
function aboutSubject(sql: Sql | Tx, { subjectId }: MailKey) {
  if (subjectId === undefined) return sql`'[]'::json as items, 0 as amount_minor`;
  return sql`
    (select coalesce(json_agg(json_build_object('sku', sku, 'quantity', quantity) order by sku), '[]')
      from orders.shipment_lines where shipment_id = ${subjectId}) as items,
    (select coalesce(sum(amount_minor), 0)::bigint from orders.payment_ledger
      where operation_id = ${subjectId} and kind = 'refunded') as amount_minor`;
}

export interface Noted {
  /** Since the order was authorised; null when the mail was noted before. */
  readonly delay_s: number | null;
  readonly age_s: number | null;
}

/** Sent and handled, in one statement. */
export async function noteSent(
  sql: Sql | Tx,
  key: MailKey,
  consumer: string,
  handled: Handled,
): Promise<Noted> {
  const [row] = await sql<Noted[]>`
    with sent as (
      insert into orders.notifications as n (order_id, kind, state, message_id, sent_at)
      values (${key.orderId}, ${recordKind(key)}, 'sent', ${messageIdOf(key)}, clock_timestamp())
      on conflict (order_id, kind) do update set state = 'sent', sent_at = excluded.sent_at where n.state <> 'sent'
      returning order_id, sent_at
    ),
    ${noteHandled(sql, consumer, [handled])}
    select
      (select extract(epoch from s.sent_at - o.authorized_at)::float8
        from sent s join orders.orders o on o.public_id = s.order_id) as delay_s,
      (select age_s from counted) as age_s`;
  return row!;
}
