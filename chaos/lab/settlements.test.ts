// Settlement files: what moved, once, with sums that hold; and every planted error by itself.
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { labForEachTest, order } from './lab.fixture.ts';
import { plants } from './settlement-plants.ts';

const { call, url, start, stop, authorize } = labForEachTest();

const close = async (planted: object[] = []) =>
  call('POST', url('control', '/settlements/psp-primary'), { plants: planted });
const list = async (after = 0) =>
  (await call('GET', url('psp-primary', `/v1/settlements?after=${after}`))).body as {
    files: { id: string; sha256: string; created_ms: number; lines: number }[];
    next: number;
  };
const textOf = async (id: string) => (await fetch(url('psp-primary', `/v1/settlements/${id}`))).text();

interface Row {
  readonly line: string;
  readonly type: string;
  readonly reference: string;
  readonly currency: string;
  readonly amount: number;
  readonly fee: number;
  readonly net: number;
  readonly at_ms: number;
}
async function rowsOf(id: string): Promise<{ rows: Row[]; total: Row }> {
  const [head, ...lines] = (await textOf(id)).trimEnd().split('\n');
  expect(head).toBe(
    'line,type,charge_id,operation_id,reference,order,amount_minor,currency,fee_minor,net_minor,at_ms',
  );
  const rows = lines.map((text) => {
    const [line, type, , , reference, , amount, currency, fee, net, at_ms] = text.split(',') as string[];
    const numbers = { amount: Number(amount), fee: Number(fee), net: Number(net), at_ms: Number(at_ms) };
    return { line: line!, type: type!, reference: reference!, currency: currency!, ...numbers };
  });
  return { rows: rows.slice(0, -1), total: rows.at(-1)! };
}
const operate = (kind: 'captures' | 'refunds', reference: string, amount_minor: number, currency = 'GBP') =>
  call(
    'POST',
    url('psp-primary', `/v1/${kind}`),
    { reference, amount_minor, currency },
    { 'Idempotency-Key': `${kind} ${reference}` },
  );
const dispute = (reference: string, kind: string) =>
  call('POST', url('control', '/disputes/psp-primary'), { reference, kind });
async function captured(currency = 'GBP'): Promise<string> {
  const body = { ...order(), amount_minor: 1000, currency };
  await authorize(body);
  await operate('captures', body.reference, 1000, currency);
  return body.reference;
}
/** What is wrong with a file, by its own arithmetic. */
const faultsOf = ({ rows, total }: { rows: Row[]; total: Row }) => ({
  sums: (['amount', 'fee', 'net'] as const).filter(
    (column) => rows.reduce((sum, row) => sum + row[column], 0) !== total[column],
  ),
  count: Number(total.type) !== rows.length,
  nets: rows.filter((row) => row.amount - row.fee !== row.net).length,
});

test('captures, refunds, a lost dispute and its appeal come to account with their fees, each in one file only', async () => {
  const [kept, refunded, lost, won] = [
    await captured(),
    await captured(),
    await captured(),
    await captured(),
  ];
  await operate('refunds', refunded, 250);
  for (const reference of [lost, won]) for (const kind of ['notice', 'lost']) await dispute(reference, kind);
  await dispute(won, 'won');
  const atOnce = await captured();
  for (const kind of ['notice', 'won']) await dispute(atOnce, kind);

  const { files } = (await close()).body;
  expect(files).toHaveLength(1);
  const file = await rowsOf(files[0].id);
  const said = (reference: string) =>
    file.rows
      .filter((row) => row.reference === reference)
      .map((row) => [row.type, row.amount, row.fee, row.net]);
  // 1.4 % of 1000 and 20.
  const capture = ['capture', 1000, 34, 966];
  expect(said(kept)).toEqual([capture]);
  expect(said(refunded)).toEqual([capture, ['refund', -250, 0, -250]]);
  expect(said(lost)).toEqual([capture, ['chargeback', -1000, 1500, -2500]]);
  expect(said(won)).toEqual([
    capture,
    ['chargeback', -1000, 1500, -2500],
    ['chargeback_reversal', 1000, 0, 1000],
  ]);
  expect(said(atOnce)).toEqual([capture]);
  expect(faultsOf(file)).toEqual({ sums: [], count: false, nets: 0 });
  const text = await textOf(files[0].id);
  expect(createHash('sha256').update(text).digest('hex')).toBe(files[0].sha256);

  expect((await close()).body).toEqual({ files: [] });
  await captured();
  await stop();
  await start();
  const [next] = (await close()).body.files;
  expect(next.lines).toBe(1);
  expect(await list(1)).toMatchObject({ files: [{ id: next.id }], next: 2 });
  expect(await textOf(files[0].id)).toBe(text);
});

test('a file is of one currency, and two closings at once settle nothing twice', async () => {
  await captured('GBP');
  await captured('EUR');
  const closed = await Promise.all([close(), close()]);
  const files = closed.flatMap(({ body }) => body.files);
  expect(files).toHaveLength(2);
  const currencies = await Promise.all(files.map(async ({ id }) => (await rowsOf(id)).total.currency));
  expect(currencies.toSorted()).toEqual(['EUR', 'GBP']);
  expect((await call('GET', url('psp-primary', '/v1/settlements/set_99'))).status).toBe(404);
});

describe('a planted error', () => {
  let [first, second]: string[] = [];
  beforeEach(async () => {
    [first, second] = [await captured(), await captured()];
  });
  const sound = { sums: [], count: false, nets: 0 };
  const closeWith = async (plant: string) => {
    const closed = await close([{ plant, reference: second }]);
    expect(closed.status).toBe(201);
    return { files: closed.body.files, ...(await rowsOf(closed.body.files[0].id)) };
  };
  const of = (rows: Row[], reference: string) => rows.filter((row) => row.reference === reference);

  test.each(plants)('%s is that error and no other', async (plant) => {
    const { files, rows, total } = await closeWith(plant);
    expect(of(rows, first!)).toMatchObject([{ amount: 1000, fee: 34, currency: 'GBP' }]);
    expect(faultsOf({ rows, total })).toEqual(
      plant === 'wrong_total' ? { ...sound, sums: ['amount'] } : sound,
    );
    const told = of(rows, second!);
    const old = Date.now() - 9 * 86_400_000;
    const seen: Record<(typeof plants)[number], boolean> = {
      missing_line: told.length === 0,
      wrong_amount: told[0]?.amount === 900,
      wrong_currency: told[0]?.currency === 'USD',
      duplicate_line: told.length === 2,
      wrong_fee: told[0]?.fee === 41,
      unknown_capture: rows.some((row) => row.type === 'capture' && row.reference.startsWith('stranger_')),
      unlinked_chargeback: rows.some((row) => row.type === 'chargeback'),
      wrong_total: total.amount === 2001,
      late_file: rows.every((row) => row.at_ms < old),
      duplicate_file: files.length === 2 && files[0].sha256 === files[1].sha256,
    };
    expect(Object.entries(seen).filter(([, is]) => is)).toEqual([[plant, true]]);
    // What a plant kept out stays out.
    expect((await close()).body).toEqual({ files: [] });
  });

  test('that finds no line to be planted on closes nothing', async () => {
    expect((await close([{ plant: 'wrong_fee', reference: 'nobody' }])).status).toBe(409);
    expect((await close()).body.files[0].lines).toBe(2);
  });
});
