// The ledgers as the report lists them: how many rows each had, and what its own check said.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ledgerNames } from '../../chaos/ledgers/rows.ts';
import type { CheckResult } from '../../loadtests/gate/verdict.ts';
import { files } from '../evidence.ts';
import type { LedgerRow } from './model.ts';

const whose = {
  shoppers: 'shoppers: what each was told',
  providers: 'payment providers: their own books',
  database: 'database: orders, payments, stock, mail sent',
  mailbox: 'mailbox: what arrived',
} as const;

export async function ledgerRows(dir: string, checks: readonly CheckResult[]): Promise<LedgerRow[]> {
  return Promise.all(
    ledgerNames.map(async (ledger): Promise<LedgerRow> => {
      const text = await readFile(join(dir, files[ledger]), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      const check = checks.find((result) => result.check === `ledger-${ledger}`);
      return {
        ledger: whose[ledger],
        rows: text.split('\n').filter((line) => line !== '').length,
        status: check?.status ?? 'unknown',
        detail: check?.detail ?? '',
      };
    }),
  );
}
