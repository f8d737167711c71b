// The fourth ledger: what arrived in the mailbox, one row a recipient.
import { readRows } from '../append-log.ts';
import { type MailRow, mailRow } from './rows.ts';

export async function readMailbox(path: string): Promise<MailRow[]> {
  const { rows } = await readRows<unknown>(path);
  return rows.map((row) => mailRow.parse(row));
}
