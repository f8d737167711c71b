// Every class of discrepancy planted beside an order that nothing is wrong with: a real lab with its settlement files, real
// PostgreSQL. What is found is exactly what was planted, and the other order stays silent.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { operationEventId } from '../../core/contracts/payment-event-id.ts';
import { startTestServer, type TestServer } from '../../core/db/test-database.ts';
import { applyOrderEvent } from '../../core/orders/apply-order-event.ts';
import { paymentEventOf } from '../../core/orders/test-orders.ts';
import { type ProviderAccess, providerAccess, voidByReference } from '../../core/payment/books.ts';
import { discrepancyClasses } from '../../core/telemetry/metrics/invariants.ts';
import { importBooks } from '../provider-books.ts';
import { startTestLab, type TestLab } from '../test-parts.ts';
import { type Placed, type TestShop, testShop } from '../test-shop.ts';
import { checks } from './checks.ts';
import type { DiscrepancyClass } from './classes.ts';
import { compareBooks, createComparison } from './compare.ts';
import { createHealing } from './heal.ts';
import { importSettlements } from './settlement-import.ts';

let server: TestServer;
let lab: TestLab;
let shop: TestShop;
let primary: ProviderAccess;
beforeAll(async () => {
  [server, lab] = await Promise.all([startTestServer(), startTestLab()]);
  shop = await testShop(await server.fresh(), { lab });
  primary = providerAccess(shop.config, shop.instruments)[0]!;
});
afterAll(async () => {
  await shop.close();
  await Promise.all([server.stop(), lab.stop()]);
});
// What an earlier test left open is somebody's by now, and stays resolved though the books still disagree.
beforeEach(
  () =>
    shop.database.owner`
      update orders.discrepancies set resolved_at = now(), resolution = 'looked into' where resolved_at is null`,
);

async function post(port: number, path: string, body: object, key?: string) {
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { 'Idempotency-Key': key }),
  };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...{ method: 'POST', headers, body: JSON.stringify(body) },
  });
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}
const settle = (plant?: string, reference?: string) =>
  post(lab.ports.control, '/settlements/psp-primary', {
    plants: plant === undefined ? [] : [{ plant, ...(reference === undefined ? {} : { reference }) }],
  });
const dispute = ({ attemptId }: Placed, kind: 'notice' | 'lost' | 'won') =>
  post(lab.ports.control, '/disputes/psp-primary', { reference: attemptId, kind });
const atProvider = (kind: 'capture' | 'refund', { attemptId, amountMinor }: Placed, amount = amountMinor) =>
  post(
    lab.ports['psp-primary'],
    `/v1/${kind}s`,
    { reference: attemptId, amount_minor: amount, currency: 'GBP' },
    `${kind}_${attemptId}`,
  );
const tell = (kind: 'capture' | 'refund', { orderId, attemptId, amountMinor }: Placed) =>
  applyOrderEvent(shop.db, shop.instruments, orderId, {
    type: kind === 'capture' ? 'payment.captured' : 'refund.partial',
    event_id: operationEventId(`${kind}_${attemptId}`),
    ...{ attempt_id: attemptId, operation_id: `${kind}_${attemptId}`, amount_minor: amountMinor },
  });
const charge = (placed: Placed, amount_minor = placed.amountMinor) =>
  lab.authorize({ reference: placed.attemptId, order: placed.orderId, amount_minor });

async function sold(): Promise<Placed> {
  const placed = await shop.place();
  await charge(placed);
  await shop.authorize(placed);
  return placed;
}
async function captured(): Promise<Placed> {
  const placed = await sold();
  await atProvider('capture', placed);
  await tell('capture', placed);
  return placed;
}
const sql = (text: string) => shop.database.owner.unsafe(text);
/** Two minutes pass: whatever may still catch up has. */
const pass = () =>
  sql(`
    update orders.payment_ledger set created_at = created_at - interval '2 minutes';
    update orders.psp_records set changed_at = changed_at - interval '2 minutes';
    update orders.psp_operations set seen_at = seen_at - interval '2 minutes';
    update orders.settlement_lines set imported_at = imported_at - interval '2 minutes'`);
async function read() {
  expect(await importBooks(shop.db, primary)).toMatchObject({ kind: 'up_to_date' });
  expect(await importSettlements(shop.db, primary)).toMatchObject({ kind: 'up_to_date' });
}
const open = async () =>
  (
    await shop.database.owner<{ class: DiscrepancyClass; subject: string | null }[]>`
      select class, subject from orders.discrepancies where resolved_at is null order by class, reference`
  ).map((row) => [row.class, row.subject]);
/** What is open once everything was read, had its time, and was compared. */
async function look() {
  await read();
  await pass();
  await compareBooks(shop.db, false);
  return open();
}
const seen = new Set<DiscrepancyClass>();
async function expectOnly(name: DiscrepancyClass, subject: unknown) {
  expect(await look()).toEqual([[name, subject]]);
  seen.add(name);
}

test('orders sold, captured, refunded and settled disagree in nothing', async () => {
  await sold();
  await captured();
  const refunded = await captured();
  await atProvider('refund', refunded);
  await tell('refund', refunded);
  await settle();
  expect(await look()).toEqual([]);
  // Not even while nobody had the time to catch up.
  const later = await sold();
  await atProvider('capture', later);
  await read();
  await compareBooks(shop.db, true);
  expect(await open()).toEqual([]);
  await tell('capture', later);
});

describe('in the books', () => {
  beforeEach(() => captured());

  test('paid, and the provider has no charge of it', async () => {
    await expectOnly('paid_without_record', (await shop.sell()).attemptId);
  });
  test('not before its books were read', async () => {
    const paid = await shop.sell();
    await pass();
    await sql(`update orders.psp_cursors set read_until = now() - interval '10 minutes'`);
    await compareBooks(shop.db, false);
    expect(await open()).toEqual([]);
    await charge(paid);
  });
  test('a charge of nobody', async () => {
    await lab.authorize({ reference: 'pay_nobody', order: 'ord_nobody', amount_minor: 100 });
    await expectOnly('orphan_charge', 'pay_nobody');
  });
  test('charged another amount than was asked for', async () => {
    const placed = await shop.place();
    await charge(placed, placed.amountMinor - 1);
    await shop.authorize(placed);
    await expectOnly('amount_mismatch', placed.attemptId);
  });
  test('an order captured twice, and refunded twice, by a provider that does not know our keys', async () => {
    const again = (kind: string) =>
      sql(`insert into orders.psp_operations (provider, reference, kind, operation_id, charge_id, attempt_id, order_id,
          amount_minor, currency, provider_created_at)
        select provider, reference || '_again', kind, operation_id, charge_id, attempt_id, order_id, amount_minor, currency, now()
        from orders.psp_operations where operation_id = '${kind}'`);
    const twice = await captured();
    await look();
    await again(`capture_${twice.attemptId}`);
    await expectOnly('duplicate_capture', twice.attemptId);
    await sql(`delete from orders.psp_operations where reference like '%_again'`);
    expect(await look()).toEqual([]);
    await atProvider('refund', twice);
    await tell('refund', twice);
    await look();
    await again(`refund_${twice.attemptId}`);
    await expectOnly('refund_exceeds_capture', twice.attemptId);
  });
  test('a refund in our ledger only', async () => {
    const refunded = await captured();
    await tell('refund', refunded);
    await expectOnly('refund_missing', refunded.attemptId);
  });
  test('an attempt nobody knows the end of', async () => {
    const placed = await shop.place();
    await shop.orders.event(placed.orderId, paymentEventOf(placed.attemptId, 'payment.unknown'));
    expect(await look()).toEqual([]);
    await shop.age(placed.orderId, 301);
    await expectOnly('status_drift', placed.attemptId);
  });
  test('voided behind our back', async () => {
    const gone = await sold();
    await voidByReference(primary, gone.attemptId);
    await expectOnly('status_drift', gone.attemptId);
  });
});

describe('in a settlement file', () => {
  let planted: Placed;
  beforeEach(async () => {
    planted = await captured();
    await captured();
  });
  const ofFile = expect.stringMatching(/^psp-primary\/set_\d+$/);
  const stranger = expect.stringMatching(/^stranger_/);

  test.each([
    ['wrong_amount', 'amount_mismatch', null],
    ['wrong_currency', 'currency_mismatch', null],
    ['wrong_fee', 'fee_off_schedule', null],
    ['unknown_capture', 'settled_not_captured', stranger],
    ['unlinked_chargeback', 'chargeback_unlinked', stranger],
    ['wrong_total', 'batch_total_mismatch', ofFile],
    ['late_file', 'late_file', ofFile],
  ] as const)('%s is %s', async (plant, name, subject) => {
    await settle(plant, planted.attemptId);
    await expectOnly(name, subject ?? planted.attemptId);
  });
  test('a line that is missing is one that was due and never came', async () => {
    await settle('missing_line', planted.attemptId);
    expect(await look()).toEqual([]);
    await sql(
      `update orders.psp_operations set provider_created_at = now() - interval '5 days' where seen_at > now() - interval '5 minutes'`,
    );
    await expectOnly('captured_not_settled', planted.attemptId);
  });
  test('a line twice is settled once, and told', async () => {
    await settle('duplicate_line', planted.attemptId);
    expect(await look()).toEqual([['duplicate_line', null]]);
    seen.add('duplicate_line');
  });
  test('a file twice is imported once, on record, and nobody’s work', async () => {
    await settle('duplicate_file');
    expect(await look()).toEqual([]);
    const [row] = await shop.database.owner`
      select reference, resolution from orders.discrepancies where class = 'duplicate_file'`;
    expect(row).toEqual({ reference: ofFile, resolution: 'healed' });
    seen.add('duplicate_file');
  });
  test('settled in another currency than it was captured in', async () => {
    await settle();
    await read();
    await sql(`
      update orders.settlement_files set currency = 'EUR' where imported_at = (select max(imported_at) from orders.settlement_files);
      update orders.settlement_lines t set currency = 'EUR' from orders.settlement_files f
        where f.file_id = t.file_id and f.currency = 'EUR';
      delete from orders.settlement_lines where currency = 'EUR' and attempt_id <> '${planted.attemptId}'`);
    await expectOnly('fx_variance', planted.attemptId);
  });
  test('read again from the start it changes nothing', async () => {
    await settle();
    await read();
    const count = async () => (await sql('select count(*) from orders.settlement_lines'))[0];
    const before = await count();
    await sql('update orders.psp_cursors set settlement_cursor = 0');
    await Promise.all([read(), read()]);
    expect(await count()).toEqual(before);
    expect(await look()).toEqual([]);
  });
  test('a file that is not what it was listed as is on record, keeps no later one waiting, and is read once mended', async () => {
    const text =
      'line,type,charge_id,operation_id,reference,order,amount_minor,currency,fee_minor,net_minor,at_ms\n' +
      'total,0,,,,,0,GBP,0,0,1\n';
    const file = { id: 'set_odd', sha256: '0'.repeat(64), created_ms: Date.now(), lines: 0 };
    const odd = createServer((request, response) =>
      request.url!.includes('?')
        ? response
            .setHeader('content-type', 'application/json')
            .end(JSON.stringify({ files: request.url!.endsWith('=7') ? [] : [file], next: 7 }))
        : response.setHeader('content-type', 'text/csv').end(text),
    ).listen(0, '127.0.0.1');
    await once(odd, 'listening');
    const baseUrl = `http://127.0.0.1:${(odd.address() as { port: number }).port}`;
    const backup = { ...primary, provider: 'psp-backup' as const, baseUrl };
    await importSettlements(shop.db, backup);
    expect(await open()).toEqual([['unreadable_file', null]]);
    expect(await importSettlements(shop.db, backup)).toEqual({ kind: 'up_to_date', files: 0 });
    seen.add('unreadable_file');
    file.sha256 = createHash('sha256').update(text).digest('hex');
    await sql('update orders.psp_cursors set settlement_cursor = 0');
    await importSettlements(shop.db, backup);
    expect(await open()).toEqual([]);
    await new Promise((resolve) => odd.close(resolve));
  });
});

test('what the books know and the order was never told heals: captures, refunds and disputes', async () => {
  const untold = await sold();
  for (const kind of ['capture', 'refund'] as const) await atProvider(kind, untold);
  const lost = await captured();
  const won = await captured();
  for (const each of [lost, won]) for (const step of ['notice', 'lost'] as const) await dispute(each, step);
  await dispute(won, 'won');
  const found = await look();
  expect(found.toSorted()).toEqual(
    [
      ['status_drift', untold.attemptId],
      ['refund_missing', untold.attemptId],
      ['chargeback_unlinked', lost.attemptId],
      ['chargeback_unlinked', won.attemptId],
    ].toSorted(),
  );
  const heal = createHealing(shop);
  expect(await heal()).toEqual({ settled: 3, failures: [] });
  expect(await shop.stateOf(untold.orderId)).toBe('refunded');
  expect(await shop.stateOf(lost.orderId)).toBe('chargeback');
  expect(await shop.stateOf(won.orderId)).toBe('captured');
  expect(await look()).toEqual([]);
  expect(await heal()).toEqual({ settled: 0, failures: [] });
  const [row] = await shop.database.owner`
    select count(*)::int as n from orders.discrepancies 
    where resolution = 'healed' and class in ('status_drift', 'refund_missing', 'chargeback_unlinked')`;
  expect(row).toEqual({ n: 4 });
});

test('what nobody touched for long is found by the full comparison; what is gone is closed, and opens again', async () => {
  const old = await captured();
  await look();
  await sql(`
    update orders.payment_ledger set created_at = created_at - interval '1 hour';
    update orders.psp_records set changed_at = changed_at - interval '1 hour';
    update orders.psp_operations set seen_at = seen_at - interval '1 hour'`);
  const off = (by: number) =>
    sql(
      `update orders.psp_records set amount_minor = amount_minor + ${by} where attempt_id = '${old.attemptId}'`,
    );
  await off(1);
  await compareBooks(shop.db, false);
  expect(await open()).toEqual([]);
  const compare = createComparison(shop.db, shop.instruments);
  expect(await compare()).toEqual({ done: true, opened: 1, closed: 0 });
  expect(await open()).toEqual([['amount_mismatch', old.attemptId]]);
  expect(await shop.metric('reconciliation_discrepancies{class="amount_mismatch"}')).toBe(1);
  expect(await shop.metric('reconciliation_discrepancies{class="fx_variance"}')).toBe(0);
  expect(await shop.metric('reconciliation_discrepancy_ratio')).toBeGreaterThan(0);
  await off(-1);
  expect(await compare()).toEqual({ done: true, opened: 0, closed: 1 });
  await off(1);
  expect(await compareBooks(shop.db, true)).toMatchObject({ opened: 1 });
  // A person's word is final.
  await sql(
    `update orders.discrepancies set resolved_at = now(), resolution = 'agreed with the provider' where resolved_at is null`,
  );
  expect(await compareBooks(shop.db, true)).toMatchObject({ opened: 0 });
});

test('two workers compare one after the other, not both at once', async () => {
  const [one, other] = await Promise.all([compareBooks(shop.db, true), compareBooks(shop.db, true)]);
  expect([one.done, other.done]).toContain(true);
});

test('every class that comparing or reading finds was planted and seen', () => {
  const noted: readonly DiscrepancyClass[] = [
    ...([
      'late_authorization',
      'authorized_without_stock',
      'voided_live_order',
      'conflicting_outcome',
    ] as const),
    ...(['illegal_event', 'refund_refused', 'webhook_unknown_reference', 'stock_feed_shortfall'] as const),
  ];
  expect(Object.keys(checks).filter((name) => !seen.has(name as DiscrepancyClass))).toEqual([]);
  expect(discrepancyClasses.filter((name) => !seen.has(name) && !noted.includes(name))).toEqual([]);
});
