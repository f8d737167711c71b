// Settlement files of the real lab, as the shop reads them.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInstruments } from '../telemetry/instruments.ts';
import type { Provider } from '../telemetry/metrics/payment.ts';
import { providerAccess, readBooks } from './books.ts';
import { capture, refund } from './operations.ts';
import {
  agreedFee,
  listSettlements,
  readSettlement,
  type SettlementLine,
  type SettlementPages,
} from './settlements.ts';
import { startLease } from './lease.ts';
import { startTestLab, type TestLab } from './test-lab.ts';

let lab: TestLab;
beforeAll(async () => {
  lab = await startTestLab();
});
afterAll(() => lab.close());

const accessTo = (provider: Provider) =>
  providerAccess(lab.config({ PAYMENT_TIMEOUT_MS: '5000' }), createInstruments('workers')).find(
    (access) => access.provider === provider,
  )!;
const control = (path: string, body: object) =>
  fetch(`${lab.url('control')}${path}`, { method: 'POST', body: JSON.stringify(body) });

async function whole(pages: SettlementPages) {
  const rows: SettlementLine[] = [];
  let page = await pages.next();
  for (; !page.done; page = await pages.next()) rows.push(...page.value);
  return { rows, total: page.value };
}

describe.each(['psp-primary', 'psp-backup'] as const)('%s', (provider) => {
  test('what was captured, refunded and lost is settled under our keys, at the fees that were agreed', async () => {
    const access = accessTo(provider);
    const reference = `att_${randomUUID()}`;
    await lab.authorize(provider, { reference, order: `ord_${reference}`, amount_minor: 4_321 });
    const op = { attemptId: reference, currency: 'GBP', lastSentAtMs: null, lease: startLease(60_000) };
    await capture(access, { ...op, operationId: `cap_${reference}`, amount_minor: 4_321 });
    await refund(access, { ...op, operationId: `ref_${reference}`, amount_minor: 321 });
    for (const kind of ['notice', 'lost']) await control(`/disputes/${provider}`, { reference, kind });
    const before = await listSettlements(access, 0);
    await control(`/settlements/${provider}`, {});
    const listed = await listSettlements(access, before.kind === 'files' ? before.next : 0);
    if (listed.kind !== 'files') throw new Error(listed.reason);
    const read = await readSettlement(access, listed.files[0]!, whole);
    if (read.kind !== 'file') throw new Error(read.reason);
    const { rows, total } = read.value;
    expect(rows.map(({ type, operation_id, amount_minor }) => [type, operation_id, amount_minor])).toEqual([
      ['capture', `cap_${reference}`, 4_321],
      ['refund', `ref_${reference}`, -321],
      ['chargeback', expect.stringMatching(/^dp_/), -4_000],
    ]);
    for (const row of rows) expect(row.fee_minor).toBe(agreedFee(access.psp, row.type, row.amount_minor));
    const fees = rows.reduce((sum, row) => sum + row.fee_minor, 0);
    expect(total).toMatchObject({ lines: 3, amount_minor: 0, fee_minor: fees, net_minor: -fees });

    const books = await readBooks(access, 0, 100);
    if (books.kind !== 'entries') throw new Error(books.reason);
    const changes = books.entries.filter((entry) => entry.reference === reference);
    expect(changes.map((entry) => entry.operation?.key ?? entry.dispute?.kind ?? entry.status)).toEqual([
      ...['approved', `cap_${reference}`, `ref_${reference}`, 'notice', 'lost'],
    ]);
    expect(changes.at(-1)).toMatchObject({ captured_minor: 4_321, refunded_minor: 321 });
  });

  test('a file that is not the listed one is not read, and one that is not there is no answer', async () => {
    const access = accessTo(provider);
    const listed = await listSettlements(access, 0);
    if (listed.kind !== 'files') throw new Error(listed.reason);
    const file = { ...listed.files[0]!, sha256: '0'.repeat(64) };
    expect(await readSettlement(access, file, whole)).toMatchObject({ kind: 'unreadable' });
    expect(await readSettlement(access, { ...file, id: 'set_99' }, whole)).toEqual({
      kind: 'no_answer',
      reason: 'status 404',
    });
  });
});
