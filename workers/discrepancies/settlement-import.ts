// Settlement files into PostgreSQL: a file once by its hash, a line once by its key, and the cursor after all of them. A
// death anywhere reads the page again, and finds what it has.
import type { Database, Tx } from '../../core/db/client.ts';
import type { ProviderAccess } from '../../core/payment/books.ts';
import {
  agreedFee,
  type ListedFile,
  listSettlements,
  readSettlement,
  type SettlementLine,
  type SettlementPages,
} from '../../core/payment/settlements.ts';

export type SettlementImport =
  | { readonly kind: 'up_to_date'; readonly files: number }
  | { readonly kind: 'no_answer'; readonly reason: string };

// A provider closes one file a day and currency; what is more is read in the next round.
const pagesARound = 10;

/** `maxLines` of one file. */
export async function importSettlements(
  db: Database,
  access: ProviderAccess,
  maxLines?: number,
): Promise<SettlementImport> {
  let files = 0;
  for (let page = 0; page < pagesARound; page++) {
    const after = await cursorOf(db, access.provider);
    const listing = await listSettlements(access, after);
    if (listing.kind === 'no_answer') return listing;
    for (const listed of listing.files) {
      const result = await importFile(db, access, listed, maxLines);
      if (result !== null) return { kind: 'no_answer', reason: result };
    }
    files += listing.files.length;
    if (listing.next === after) break;
    await moveCursor(db, access.provider, after, listing.next);
  }
  return { kind: 'up_to_date', files };
}

/** Why it could not be had now; null when it is done with. */
async function importFile(
  db: Database,
  access: ProviderAccess,
  listed: ListedFile,
  maxLines: number | undefined,
): Promise<string | null> {
  const { provider } = access;
  const known = await db.query(
    'find settlement file',
    (sql) => sql<{ file_id: string; sha256: string }[]>`
      select file_id, sha256 from orders.settlement_files
      where provider = ${provider} and (sha256 = ${listed.sha256} or file_id = ${listed.id})`,
  );
  if (known.some(({ file_id, sha256 }) => file_id === listed.id && sha256 === listed.sha256)) return null;
  const twin = known.find(({ sha256 }) => sha256 === listed.sha256);
  const about = `${provider}/${listed.id}`;
  if (twin !== undefined) {
    await note(db, 'duplicate_file', about, `the same as ${twin.file_id}`, 'healed');
    return null;
  }
  if (known.length > 0) {
    await note(db, 'unreadable_file', about, 'listed again with another content', null);
    return null;
  }
  const read = await readSettlement(access, listed, (pages) => store(db, access, listed, pages), maxLines);
  if (read.kind === 'no_answer') return read.reason;
  if (read.kind === 'unreadable') await note(db, 'unreadable_file', about, read.reason, null);
  return null;
}

/** All of it or nothing, however many pages it has: what cannot be read to its end was never there. */
const store = (db: Database, access: ProviderAccess, listed: ListedFile, pages: SettlementPages) =>
  db.transaction('store settlement file', async (tx) => {
    const { provider } = access;
    const stored = await tx`
      insert into orders.settlement_files (provider, file_id, sha256, created_at, currency, lines, stated_lines,
        stated_total_minor, stated_net_minor, sum_minor, sum_net_minor)
      values (${provider}, ${listed.id}, ${listed.sha256}, ${new Date(listed.created_ms)}, '', 0, 0, 0, 0, 0, 0)
      on conflict do nothing returning file_id`;
    // Another worker was at the same file.
    if (stored.length === 0) return;
    let [lines, sum, net, oldest] = [0, 0, 0, Number.POSITIVE_INFINITY];
    let page = await pages.next();
    for (; !page.done; page = await pages.next()) {
      for (const { amount_minor, net_minor, at_ms } of page.value) {
        lines += 1;
        sum += amount_minor;
        net += net_minor;
        oldest = Math.min(oldest, at_ms);
      }
      await storeLines(tx, access, listed, page.value);
    }
    const stated = page.value;
    await tx`
      update orders.settlement_files set currency = ${stated.currency}, lines = ${lines},
        oldest_at = ${lines === 0 ? null : new Date(oldest)}, stated_lines = ${stated.lines},
        stated_total_minor = ${stated.amount_minor}, stated_net_minor = ${stated.net_minor}, sum_minor = ${sum},
        sum_net_minor = ${net}
      where provider = ${provider} and file_id = ${listed.id}`;
    await tx`
      update orders.discrepancies set resolved_at = now(), resolution = 'healed'
      where class = 'unreadable_file' and reference = ${`${provider}/${listed.id}`} and resolved_at is null`;
  });

async function storeLines(
  tx: Tx,
  { provider, psp }: ProviderAccess,
  file: ListedFile,
  lines: readonly SettlementLine[],
): Promise<void> {
  const rows = lines.map((row) => ({
    ...row,
    // One movement is settled once: by our key of a capture or refund, by the provider's id of a dispute.
    line_key: `${row.type} ${row.operation_id}`,
    agreed_fee_minor: agreedFee(psp, row.type, row.amount_minor),
  }));
  await tx`
    with lines as (
      select * from jsonb_to_recordset(${tx.json(rows as never)}::jsonb) as l (line int, type text, charge_id text,
        operation_id text, reference text, "order" text, amount_minor bigint, currency text, fee_minor bigint,
        net_minor bigint, at_ms float8, line_key text, agreed_fee_minor bigint)
    ),
    stored as (
      insert into orders.settlement_lines (provider, line_key, file_id, line_no, type, charge_id, operation_id, attempt_id,
        order_id, amount_minor, currency, fee_minor, agreed_fee_minor, net_minor, at)
      select ${provider}, line_key, ${file.id}, line, type, charge_id, operation_id, reference, "order", amount_minor,
        currency, fee_minor, agreed_fee_minor, net_minor, to_timestamp(at_ms / 1000)
      from lines order by line_key, line
      on conflict (provider, line_key) do nothing
      returning line_no
    )
    insert into orders.discrepancies (class, reference, detail)
    select 'duplicate_line', ${`${provider} `} || l.line_key, format('line %s of %s, settled before', l.line, ${file.id}::text)
    from lines l where l.line not in (select line_no from stored)
    on conflict (class, reference) do nothing`;
}

async function cursorOf(db: Database, provider: string): Promise<number> {
  const [row] = await db.query(
    'read settlement cursor',
    (sql) => sql<{ settlement_cursor: number }[]>`
      select settlement_cursor from orders.psp_cursors where provider = ${provider}`,
  );
  return row?.settlement_cursor ?? 0;
}

const moveCursor = (db: Database, provider: string, after: number, next: number) =>
  db.query(
    'move settlement cursor',
    (sql) => sql`
      insert into orders.psp_cursors as c (provider, settlement_cursor) values (${provider}, ${next})
      on conflict (provider) do update set settlement_cursor = excluded.settlement_cursor
      where c.settlement_cursor = ${after}`,
  );

/** `resolution` of what needs nobody any more: it is on record, and was counted. */
const note = (
  db: Database,
  kind: 'duplicate_file' | 'unreadable_file',
  reference: string,
  detail: string,
  resolution: 'healed' | null,
) =>
  db.query(
    'note settlement file',
    (sql) => sql`
      insert into orders.discrepancies (class, reference, detail, resolution, resolved_at)
      values (${kind}, ${reference}, ${detail}, ${resolution}::text, case when ${resolution}::text is null then null else now() end)
      on conflict (class, reference) do nothing`,
  );
