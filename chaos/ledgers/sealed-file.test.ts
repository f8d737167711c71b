// A collected ledger that somebody touched: the seal names it, and what hangs on it is no longer believed.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cancelled, soldAs } from './afterwards.fixture.ts';
import { judgeLedgers } from './compare.ts';
import { doctorLedger } from './doctor.ts';
import { toChecks } from './finding.ts';
import { healthyHistory, stories } from './history.fixture.ts';
import { ledgerNames } from './rows.ts';
import { type LedgerFile, ledgerPath, ledgersFolder, writeSealed } from './sealed-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ledgers-'));
  const history = healthyHistory([...stories, ...stories], 3);
  // Its mail stays owed, and only its shopper can say that it was called off.
  cancelled(soldAs(history, 0));
  const { seededStock, ...ledgers } = history;
  await writeSealed(dir, 'seeded-stock', seededStock, 1);
  for (const [name, rows] of Object.entries(ledgers)) await writeSealed(dir, name as LedgerFile, rows, 2);
});
afterEach(() => rm(dir, { recursive: true }));

const notPassed = async () => toChecks(await judgeLedgers(dir)).filter((check) => check.status !== 'pass');
async function edit(file: LedgerFile, change: (lines: string[]) => string[]) {
  const lines = (await readFile(ledgerPath(dir, file), 'utf8')).split('\n').filter((line) => line !== '');
  await writeFile(
    ledgerPath(dir, file),
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

test('untouched, the ledgers on disk pass every check', async () => {
  expect(await notPassed()).toEqual([]);
});

describe.each(ledgerNames)('the %s ledger', (ledger) => {
  const named = async () => {
    const results = await notPassed();
    expect(results.filter((check) => check.status === 'fail').map((check) => check.check)).toEqual([
      `ledger-${ledger}`,
    ]);
    return results.find((check) => check.status === 'fail')!.detail;
  };

  test('doctored in one row is named as the only failure, with its row', async () => {
    const row = await doctorLedger(dir, ledger);
    expect(await named()).toContain(`from row ${row} on`);
  });

  test.each([
    ['without its first row', (lines: string[]) => lines.slice(1), 'from row 1 on'],
    ['without its last row', (lines: string[]) => lines.slice(0, -1), 'now'],
    ['with its last row twice', (lines: string[]) => [...lines, lines.at(-1)!], 'now'],
    ['with two rows exchanged', ([a, b, ...rest]: string[]) => [b!, a!, ...rest], 'from row 1 on'],
    ['emptied', () => [], '0 now'],
  ])('%s is named', async (_how, change, detail) => {
    await edit(ledger, change);
    expect(await named()).toContain(detail);
  });

  test('without its seal, or with the file gone, is named', async () => {
    await rm(join(ledgersFolder(dir), `${ledger}.seal.json`));
    expect(await named()).toContain('seal');
  });

  test('never collected is unknown, and so is all that hangs on it', async () => {
    await rm(ledgerPath(dir, ledger));
    await rm(join(ledgersFolder(dir), `${ledger}.seal.json`));
    const results = await notPassed();
    expect(results.map((check) => check.status)).not.toContain('fail');
    expect(results.map((check) => check.check)).toContain(`ledger-${ledger}`);
  });
});

test('stock from before the load that was raised to hide an oversell is the database ledger tampered with', async () => {
  await edit('seeded-stock', ([first, ...rest]) => [
    JSON.stringify({ ...JSON.parse(first!), on_hand: 9_999 }),
    ...rest,
  ]);
  const [first] = (await notPassed()).filter((check) => check.status === 'fail');
  expect(first).toMatchObject({ check: 'ledger-database' });
  expect(first!.detail).toContain('seeded-stock.ndjson was changed');
});
