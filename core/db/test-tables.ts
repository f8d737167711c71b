// Which tables of the shop hold a text, wherever in a row: to look for what must not be there.
import type { Sql } from './client.ts';

/** `schema.table`, sorted. */
export async function tablesHolding(owner: Sql, text: string): Promise<string[]> {
  const tables = await owner<{ name: string }[]>`
    select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
    where table_schema in ('checkout', 'orders', 'ops') and table_type = 'BASE TABLE' order by 1`;
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await owner.unsafe(`select from ${name} t where t::text like $1 limit 1`, [`%${text}%`]);
    if (row !== undefined) found.push(name);
  }
  return found;
}
