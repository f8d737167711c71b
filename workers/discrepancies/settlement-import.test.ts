// Settlement files longer than anybody wants to hold in memory, and longer than anybody takes.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../core/db/test-database.ts';
import { type ProviderAccess, providerAccess } from '../../core/payment/books.ts';
import { type TestShop, testShop } from '../test-shop.ts';
import { importSettlements } from './settlement-import.ts';

let server: TestServer;
let shop: TestShop;
const desks: Server[] = [];
beforeAll(async () => {
  server = await startTestServer();
  shop = await testShop(await server.fresh());
});
afterEach(async () => {
  for (const desk of desks.splice(0)) await new Promise((resolve) => desk.close(resolve));
});
afterAll(async () => {
  await shop.close();
  await server.stop();
});

const columns =
  'line,type,charge_id,operation_id,reference,order,amount_minor,currency,fee_minor,net_minor,at_ms';
// A column that is not ours, as a provider may add one: few rows make a long file.
const header = `${columns},memo\n`;
const row = (id: string, n: number, memo = '') =>
  `${n},capture,ch_${id}${n},cap_${id}${n},pay_${id}${n},ord_${n},100,GBP,10,90,${1_000_000 + n},${memo}\n`;
const total = (count: number) => `total,${count},,,,,${100 * count},GBP,${10 * count},${90 * count},1,\n`;

interface Desk {
  readonly access: ProviderAccess;
  /** Most bytes of it in memory at once are the pages that are being stored. */
  readonly bytes: number;
}
/** A provider with one file, which is written as it is asked for. */
async function desk(id: string, chunks: () => Iterable<string>, listedLines: number): Promise<Desk> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const chunk of chunks()) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  const file = { id, sha256: hash.digest('hex'), created_ms: Date.now(), lines: listedLines };
  const open = createServer(async (request, response) => {
    if (request.url!.includes('?'))
      return response.end(JSON.stringify({ files: request.url!.endsWith('=1') ? [] : [file], next: 1 }));
    for (const chunk of chunks()) if (!response.write(chunk)) await once(response, 'drain');
    return response.end();
  }).listen(0, '127.0.0.1');
  desks.push(open);
  await once(open, 'listening');
  const baseUrl = `http://127.0.0.1:${(open.address() as { port: number }).port}`;
  await shop.database.owner`delete from orders.psp_cursors`;
  return { access: { ...providerAccess(shop.config, shop.instruments)[0]!, baseUrl }, bytes };
}
function* linesOf(id: string, count: number, memo = '') {
  yield header;
  for (let n = 1; n <= count; n++) yield row(id, n, memo);
  yield total(count);
}
const filesOf = (id: string) => shop.database.owner`
  select lines, stated_lines, sum_minor, stated_total_minor, currency, (extract(epoch from oldest_at) * 1000)::int as oldest_ms
  from orders.settlement_files where file_id = ${id}`;
const stored = async (id: string) =>
  (
    await shop.database.owner`select count(*)::int as n from orders.settlement_lines where file_id = ${id}`
  )[0]!.n;
const noted = async (id: string) =>
  (
    await shop.database.owner`select detail from orders.discrepancies
      where class = 'unreadable_file' and reference = ${`psp-primary/${id}`} and resolved_at is null`
  ).map(({ detail }) => detail);

test('a file of more than 32 MiB and of more than one page is imported whole', async () => {
  const count = 6_000;
  const { access, bytes } = await desk('set_long', () => linesOf('long', count, 'x'.repeat(6_000)), count);
  expect(bytes).toBeGreaterThan(33 * 1024 * 1024);
  expect(await importSettlements(shop.db, access)).toEqual({ kind: 'up_to_date', files: 1 });
  expect(await stored('set_long')).toBe(count);
  expect(await filesOf('set_long')).toEqual([
    {
      lines: count,
      stated_lines: count,
      sum_minor: 100 * count,
      stated_total_minor: 100 * count,
      currency: 'GBP',
      oldest_ms: 1_000_001,
    },
  ]);
});

test.each([
  ['that says so', 'set_said', 11],
  ['that says it is shorter', 'set_unsaid', 3],
])(
  'a file longer than is taken, %s, is on record for a person and leaves no line behind',
  async (_, id, said) => {
    const { access } = await desk(id, () => linesOf(id, 11), said);
    expect(await importSettlements(shop.db, access, 10)).toEqual({ kind: 'up_to_date', files: 1 });
    expect(await noted(id)).toEqual(['more than 10 lines']);
    expect([await stored(id), await filesOf(id)]).toEqual([0, []]);
    // Read again by whoever takes more, it is imported, and the case is closed.
    await shop.database.owner`delete from orders.psp_cursors`;
    await importSettlements(shop.db, access, 11);
    expect([await stored(id), await noted(id)]).toEqual([11, []]);
  },
);

test('a file that cannot be read after its first page leaves nothing of that behind', async () => {
  function* broken() {
    yield header;
    for (let n = 1; n <= 5_001; n++) yield row('broken', n);
    yield 'not,a,line\n';
  }
  const { access } = await desk('set_broken', broken, 5_001);
  await importSettlements(shop.db, access);
  expect(await noted('set_broken')).toHaveLength(1);
  expect([await stored('set_broken'), await filesOf('set_broken')]).toEqual([0, []]);
});
