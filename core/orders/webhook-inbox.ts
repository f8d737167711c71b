// Each event of a provider once, known by its effect having been committed.
import type { AnyWebhook } from '../contracts/provider-webhook.ts';
import type { Database } from '../db/client.ts';

export type HandledResult = 'applied' | 'known' | 'illegal' | 'unknown_reference' | 'ignored';

/** True when this event was handled before; then there is nothing to do, however often it is delivered. */
export async function receive(db: Database, provider: string, event: AnyWebhook): Promise<boolean> {
  const { id, type, created_ms, data } = event;
  const rows = await db.query(
    'receive webhook',
    (sql) => sql<{ handled: boolean }[]>`
      insert into orders.webhook_inbox (provider, event_id, type, attempt_id, order_id, provider_created_at)
      values (${provider}, ${id}, ${type}, ${data.reference}, ${data.order}, to_timestamp(${created_ms}::float8 / 1000))
      on conflict (provider, event_id) do update set deliveries = orders.webhook_inbox.deliveries + 1
      returning handled_at is not null as handled`,
  );
  return rows[0]!.handled;
}

/** After its effect was committed. What names nothing of ours is on record beside it: money, or a mistake, of somebody. */
export async function markHandled(
  db: Database,
  provider: string,
  event: AnyWebhook,
  result: HandledResult,
): Promise<void> {
  const { id, type, data } = event;
  await db.query(
    'webhook handled',
    (sql) => sql`
      with handled as (
        update orders.webhook_inbox set handled_at = clock_timestamp(), result = ${result}
        where provider = ${provider} and event_id = ${id} and handled_at is null
        returning event_id
      )
      insert into orders.discrepancies (class, reference, detail)
      select 'webhook_unknown_reference', ${`${provider} ${data.reference}`}, ${`order ${data.order}, ${type}`}
      from handled where ${result} = 'unknown_reference'
      on conflict (class, reference) do update set resolved_at = null, first_seen_at = now()
      where orders.discrepancies.resolved_at is not null`,
  );
}
