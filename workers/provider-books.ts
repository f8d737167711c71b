// The providers' books as we last read them, one row a charge. Read from a cursor, stored with it in one transaction.
import type { Database } from '../core/db/client.ts';
import { type BookEntry, type ProviderAccess, readBooks } from '../core/payment/books.ts';

const pageSize = 500;
// A provider whose books grow faster than this is read on in the next pass.
const pagesAPass = 20;

const stateOf = {
  approved: 'authorized',
  captured: 'captured',
  declined: 'declined',
  voided: 'voided',
} as const satisfies Record<Exclude<BookEntry['status'], 'pending'>, string>;

export type ImportResult =
  | { readonly kind: 'up_to_date'; readonly entries: number }
  /** More pages than one pass takes. */
  | { readonly kind: 'behind'; readonly entries: number }
  | { readonly kind: 'no_answer'; readonly reason: string };

export async function importBooks(db: Database, access: ProviderAccess): Promise<ImportResult> {
  let entries = 0;
  for (let page = 0; page < pagesAPass; page++) {
    const after = await cursorOf(db, access.provider);
    const answer = await readBooks(access, after, pageSize);
    if (answer.kind === 'no_answer') return { kind: 'no_answer', reason: answer.reason };
    if (answer.entries.length > 0) await store(db, access.provider, after, answer.next, answer.entries);
    entries += answer.entries.length;
    if (answer.entries.length < pageSize) return { kind: 'up_to_date', entries };
  }
  return { kind: 'behind', entries };
}

async function cursorOf(db: Database, provider: string): Promise<number> {
  const [row] = await db.query(
    'read books cursor',
    (sql) => sql<{ cursor: number }[]>`select cursor from orders.psp_cursors where provider = ${provider}`,
  );
  return row?.cursor ?? 0;
}

async function store(
  db: Database,
  provider: string,
  after: number,
  next: number,
  entries: readonly BookEntry[],
): Promise<void> {
  // The last entry of a charge is its state; one row may not be written twice by one statement.
  const newest = new Map(entries.map((entry) => [entry.id, entry]));
  const records = [...newest.values()].flatMap(({ status, ...entry }) => {
    // Before its buyer agrees a charge is no money, and no record of any.
    if (status === 'pending') return [];
    return {
      charge_id: entry.id,
      attempt_id: entry.reference,
      order_id: entry.order,
      amount_minor: entry.amount_minor,
      currency: entry.currency,
      state: stateOf[status],
      created_ms: entry.created_ms,
    };
  });
  await db.transaction('store provider books', async (tx) => {
    // Another worker that read the same page wins or loses here as a whole, so no older state overwrites a newer one.
    const moved = await tx`
      insert into orders.psp_cursors as c (provider, cursor) values (${provider}, ${next})
      on conflict (provider) do update set cursor = excluded.cursor where c.cursor = ${after}
      returning cursor`;
    if (moved.length === 0) return;
    await tx`
      insert into orders.psp_records
        (provider, charge_id, attempt_id, order_id, amount_minor, currency, state, provider_created_at)
      select ${provider}, charge_id, attempt_id, order_id, amount_minor, currency, state, to_timestamp(created_ms / 1000.0)
      from jsonb_to_recordset(${tx.json(records as never)}::jsonb) as r (charge_id text, attempt_id text, order_id text,
        amount_minor bigint, currency text, state text, created_ms float8)
      on conflict (provider, charge_id) do update set state = excluded.state`;
  });
}
