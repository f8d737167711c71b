// The third ledger: the shop's database, read with SQL of its own. An oracle must not share the shop's bugs.
import { createHash } from 'node:crypto';
import postgres from 'postgres';
import { databaseRow, type DatabaseRow, stockRow, type StockRow } from './rows.ts';

// A lock left behind by the shop must end the reading, not hang the drill.
const statementTimeoutMs = 30_000;

async function withReader<T>(
  ownerUrl: string,
  read: (sql: postgres.TransactionSql) => Promise<T>,
): Promise<T> {
  const sql = postgres(ownerUrl, {
    max: 1,
    connect_timeout: 10,
    connection: { statement_timeout: statementTimeoutMs },
    // Amounts are counts of pence, far below 2^53.
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
  });
  try {
    // One snapshot: rows of one order must not come from two moments.
    return (await sql.begin('isolation level repeatable read read only', read)) as T;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Lower-cased and trimmed as the mail sink does it, so that recipients can be compared without being read. */
const hashOf = (email: string) => createHash('sha256').update(email.trim().toLowerCase()).digest('hex');

const hashed = ({ email, ...row }: postgres.Row) => ({ ...row, email_sha256: hashOf(email) });

export async function readDatabase(ownerUrl: string): Promise<DatabaseRow[]> {
  const tables = await withReader(ownerUrl, async (sql) => [
    (
      await sql`select 'order' as table, public_id as order_id, checkout_id, state, total_minor, currency, email
        from orders.orders order by id`
    ).map(hashed),
    (
      await sql`select 'cart' as table, id as cart_id, email from checkout.carts
        where id in (select checkout_id from orders.orders) and email is not null order by id`
    ).map(hashed),
    await sql`select 'line' as table, order_id, sku, sum(quantity)::int as quantity
      from orders.order_lines group by order_id, sku order by order_id, sku`,
    await sql`select 'attempt' as table, id as attempt_id, order_id, provider, amount_minor, currency, state, provider_reference
      from orders.payment_attempts order by created_at, id`,
    await sql`select 'payment' as table, order_id, attempt_id, kind, amount_minor, currency, operation_id
      from orders.payment_ledger order by id`,
    await sql`select 'psp_record' as table, provider, charge_id, attempt_id, order_id, amount_minor, currency
      from orders.psp_records order by provider, charge_id`,
    // What a cart holds is in its stock's sum as well; it is under the cart's own id.
    await sql`select 'reservation' as table, coalesce(order_id, cart_id) as order_id, sku, location_id, quantity, status
      from orders.reservations order by id`,
    await sql`select 'stock' as table, sku, location_id, on_hand, reserved, in_transit_out from orders.stock order by sku, location_id`,
    await sql`select 'movement' as table, sku, location_id, change, reason, reference
      from orders.stock_movements order by at, reason, reference, sku, location_id`,
    await sql`select 'notification' as table, order_id, kind, state, message_id
      from orders.notifications order by claimed_at, order_id`,
  ]);
  return tables.flatMap((rows) => [...rows].map((row) => databaseRow.parse(row)));
}

/** Before the first shopper: what the shop has to sell. */
export async function readSeededStock(ownerUrl: string): Promise<StockRow[]> {
  const rows = await withReader(
    ownerUrl,
    (sql) => sql`select sku, location_id, on_hand from orders.stock order by sku, location_id`,
  );
  return [...rows].map((row) => stockRow.parse(row));
}
