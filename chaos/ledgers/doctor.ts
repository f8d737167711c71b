// Changes one row of a collected ledger, as somebody would who wants a drill to look better. The drill must name the ledger.
import { readFile, writeFile } from 'node:fs/promises';
import type { LedgerName } from './rows.ts';
import { ledgerPath } from './sealed-file.ts';

type Row = Record<string, unknown>;

const worse = (amount: unknown) => Number(amount) + 1;

/** A change that a person would believe: every field keeps its type. */
const doctored: Readonly<Record<LedgerName, (row: Row) => Row | null>> = {
  shoppers: (row) => (row.outcome === 'placed' ? { ...row, amount_minor: worse(row.amount_minor) } : null),
  providers: (row) => (row.status === 'approved' ? { ...row, amount_minor: worse(row.amount_minor) } : null),
  database: (row) => (row.table === 'order' ? { ...row, total_minor: worse(row.total_minor) } : null),
  mailbox: (row) => (row.order_id === null ? null : { ...row, order_id: `${row.order_id}x` }),
};

/** Leaves the seal as it is. Returns the number of the changed row; throws when the ledger has no row to change. */
export async function doctorLedger(evidenceDir: string, ledger: LedgerName): Promise<number> {
  const path = ledgerPath(evidenceDir, ledger);
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  // The middle, so that neither the first nor the last link of the seal alone would do.
  const order = lines.map((_, at) => (at + Math.floor(lines.length / 2)) % lines.length);
  for (const at of order) {
    const changed = doctored[ledger](JSON.parse(lines[at]!) as Row);
    if (changed === null) continue;
    lines[at] = JSON.stringify(changed);
    await writeFile(path, lines.map((line) => `${line}\n`).join(''));
    return at + 1;
  }
  throw new Error(`${path} has no row to change`);
}
