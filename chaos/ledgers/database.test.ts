// The database ledger from a real PostgreSQL that the real orders service wrote.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../core/db/test-database.ts';
import { ordersInstance, paymentEventOf, submission } from '../../core/orders/test-orders.ts';
import { startLab } from '../lab/server.ts';
import { collectLedgers, collectSeededStock } from './collect.ts';
import { judgeLedgers } from './compare.ts';
import { toChecks } from './finding.ts';
import type { ShopperRow } from './rows.ts';
import { ledgerPath } from './sealed-file.ts';

let server: TestServer;
let dir: string;
beforeAll(async () => {
  server = await startTestServer();
  dir = await mkdtemp(join(tmpdir(), 'ledgers-'));
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

test('three orders, told, charged, stored and mailed: every check passes, and no address is written down', async () => {
  const database = await server.fresh();
  await database.stock('AAAA1111', 5);
  const orders = ordersInstance(database);
  const lab = await startLab({
    ...{
      dir: join(dir, 'books'),
      host: '127.0.0.1',
      baseLatencyMs: 0,
      onError: (error) => expect.fail(String(error)),
    },
    ports: { control: 0, 'psp-primary': 0, 'psp-backup': 0, tax: 0, rates: 0, fraud: 0 },
  });
  const sources = {
    ...{ evidenceDir: dir, ownerUrl: database.ownerUrl, nowMs: Date.now },
    labControlUrl: `http://127.0.0.1:${lab.ports.control}`,
    shopperFiles: [join(dir, 'shoppers.ndjson')],
    mailboxFile: join(dir, 'mailbox.ndjson'),
  };
  await collectSeededStock(sources);
  const shoppers: ShopperRow[] = [];
  const mails: object[] = [];
  for (const [session, token] of ['tok_ok_1', 'tok_decline_2', 'tok_ok_3'].entries()) {
    const wish = submission();
    const placed = await orders.place(wish);
    if (placed.kind !== 'placed') throw new Error(placed.kind);
    const { attempt, order_id } = placed;
    const answer = await fetch(`http://127.0.0.1:${lab.ports['psp-primary']}/v1/authorizations`, {
      method: 'POST',
      headers: { 'Idempotency-Key': attempt.id },
      body: JSON.stringify({
        ...{ reference: attempt.id, order: order_id, method: 'card', token },
        ...{ amount_minor: attempt.amount_minor, currency: attempt.currency },
      }),
    });
    const charge = (await answer.json()) as { id: string; status: 'approved' | 'declined' };
    const type = charge.status === 'approved' ? 'payment.authorized' : 'payment.declined';
    await orders.event(order_id, paymentEventOf(attempt.id, type, { provider_reference: charge.id }));
    shoppers.push({
      ...{ session, click: wish.idempotency.key, submission: 1, cart_id: wish.checkout_id },
      order_id: type === 'payment.authorized' ? order_id : null,
      outcome: type === 'payment.authorized' ? 'placed' : 'declined',
      ...{ amount_minor: wish.total_minor, currency: 'GBP', lines: [{ sku: 'AAAA1111', quantity: 1 }] },
    });
    if (type !== 'payment.authorized') continue;
    const message_id = `m-${order_id}`;
    await database.owner`insert into orders.notifications (order_id, kind, state, message_id) values (${order_id}, 'k', 'sent', ${message_id})`;
    const recipient_sha256 = createHash('sha256').update(wish.email).digest('hex');
    mails.push({ order_id, message_id: `<${message_id}>`, recipient_sha256, received_ms: Date.now() });
  }
  const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  await writeFile(sources.shopperFiles[0]!, lines(shoppers));
  await writeFile(sources.mailboxFile, lines(mails));

  const counts = await collectLedgers(sources);
  expect(counts).toMatchObject({ shoppers: 3, providers: 3, mailbox: 2 });
  expect(toChecks(await judgeLedgers(dir)).filter((check) => check.status !== 'pass')).toEqual([]);
  expect(await readFile(ledgerPath(dir, 'database'), 'utf8')).not.toContain('@');

  // The failing twin: the shop forgets one of them, from behind its back.
  await database.owner`update orders.orders set state = 'cancelled' where public_id = ${shoppers[0]!.order_id}`;
  await collectLedgers(sources);
  await lab.close();
  const [first] = toChecks(await judgeLedgers(dir)).filter((check) => check.status === 'fail');
  expect(first).toMatchObject({ check: 'lost-order' });
  expect(first!.detail).toContain(`${shoppers[0]!.order_id} is placed, and it is cancelled`);
});
