// The providers' books as we last read them: a row a charge, and a row a capture, refund and step of a dispute. Read from a
// cursor, stored with it in one transaction.
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
  const began = performance.now();
  for (let page = 0; page < pagesAPass; page++) {
    const after = await cursorOf(db, access.provider);
    const answer = await readBooks(access, after, pageSize);
    if (answer.kind === 'no_answer') return { kind: 'no_answer', reason: answer.reason };
    if (answer.entries.length > 0) await store(db, access.provider, after, answer.next, answer.entries);
    entries += answer.entries.length;
    if (answer.entries.length < pageSize) {
      await noteReadUntil(db, access.provider, performance.now() - began);
      return { kind: 'up_to_date', entries };
    }
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

/** Whatever the provider had written when this pass began has been read. */
const noteReadUntil = (db: Database, provider: string, agoMs: number) =>
  db.query(
    'note books read',
    (sql) => sql`
      insert into orders.psp_cursors (provider, read_until)
      values (${provider}, clock_timestamp() - ${agoMs}::float8 * interval '1 millisecond')
      on conflict (provider) do update set read_until = excluded.read_until`,
  );

interface Moved {
  readonly reference: string;
  /** Our key of a capture or refund; a dispute has only the provider's id of it. */
  readonly operation_id: string;
  readonly kind: 'capture' | 'refund' | 'dispute' | 'chargeback' | 'chargeback_reversal';
  readonly amount_minor: number;
}
const disputeKinds = { notice: 'dispute', lost: 'chargeback', won: 'chargeback_reversal' } as const;

function movedBy({ operation, dispute }: BookEntry): Moved | null {
  if (operation !== undefined) {
    const { id, key, kind, amount_minor } = operation;
    return { reference: id, operation_id: key, kind, amount_minor };
  }
  if (dispute === undefined) return null;
  const { id, kind, amount_minor } = dispute;
  return { reference: id, operation_id: id, kind: disputeKinds[kind], amount_minor };
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
  const operations = entries.flatMap((entry) => {
    const moved = movedBy(entry);
    const { id: charge_id, reference: attempt_id, order: order_id, currency, at_ms } = entry;
    return moved === null ? [] : [{ ...moved, charge_id, attempt_id, order_id, currency, at_ms }];
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
      on conflict (provider, charge_id) do update set state = excluded.state, changed_at = now()`;
    if (operations.length === 0) return;
    await tx`
      insert into orders.psp_operations (provider, reference, kind, operation_id, charge_id, attempt_id, order_id,
        amount_minor, currency, provider_created_at)
      select ${provider}, reference, kind, operation_id, charge_id, attempt_id, order_id, amount_minor, currency,
        to_timestamp(at_ms / 1000.0)
      from jsonb_to_recordset(${tx.json(operations as never)}::jsonb) as o (reference text, kind text, operation_id text,
        charge_id text, attempt_id text, order_id text, amount_minor bigint, currency text, at_ms float8)
      on conflict do nothing`;
  });
}
