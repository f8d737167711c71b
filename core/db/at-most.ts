// The planner takes a set of unknown length for a hundred rows, and then reads whole tables for one of them. So the length is
// in the statement's text, rounded up to keep the texts, and so the prepared statements, few.
import type { Sql, Tx } from './client.ts';

export const atMost = (sql: Sql | Tx, length: number) =>
  sql.unsafe(String(2 ** Math.ceil(Math.log2(Math.max(1, length)))));
