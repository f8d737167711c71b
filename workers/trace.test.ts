// From the click to the mail: following parents leads from the mail's span to the click, and no span knows an address.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { claimBatch } from '../core/outbox/outbox.ts';
import { startTracing } from '../core/telemetry/tracing.ts';
import { processorOf } from './consumer.ts';
import { openMailer } from './mailer.ts';
import { notificationHandler } from './notifications.ts';
import { orderEventHandler } from './order-events.ts';
import { queueNamed } from './queues.ts';
import { startTestMailbox, type TestMailbox } from './test-parts.ts';
import { testShop } from './test-shop.ts';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

let server: TestServer;
let mailbox: TestMailbox;
beforeAll(async () => {
  [server, mailbox] = await Promise.all([startTestServer(), startTestMailbox()]);
});
afterAll(async () => {
  await Promise.all([server.stop(), mailbox.stop()]);
});

async function startCollector() {
  let said = '';
  const spans: Span[] = [];
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      said += body;
      for (const { scopeSpans } of JSON.parse(body).resourceSpans)
        for (const scope of scopeSpans) spans.push(...scope.spans);
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, spans, said: () => said, close: () => http.close() };
}

test('a mail’s span leads back to the click, as its child when young and by a link when old; events noted together are spans with a link to each click', async () => {
  const collector = await startCollector();
  const stopTracing = startTracing('workers', collector.url);
  const shop = await testShop(await server.fresh());
  const mailer = openMailer(mailbox.url, 1);
  for (let i = 0; i < 3; i++) await shop.sell();
  const deps = { ...shop, redisUrl: '', producer: undefined as never };
  const run = processorOf(queueNamed('notifications'), deps, notificationHandler({ ...shop, mailer }));
  const note = processorOf(queueNamed('order-events'), deps, orderEventHandler(shop.db, shop.instruments));
  const rows = await shop.db.transaction('read events', (tx) => claimBatch(tx, 10));
  const [young, old] = rows;
  const job = { id: 'j', timestamp: Date.now(), attemptsMade: 0 };
  await run({ ...job, data: young!.envelope });
  const event = { ...old!.envelope.event, occurred_at_ms: Date.now() - 61_000 };
  await run({ ...job, data: { ...old!.envelope, event } });
  await Promise.all(rows.map(({ envelope }) => note({ ...job, data: envelope })));
  await stopTracing();

  const byId = new Map(collector.spans.map((span) => [span.spanId, span]));
  const named = (name: string) => collector.spans.filter((span) => span.name === name);
  const cameFrom = (span: Span): Span => {
    const before = byId.get(span.parentSpanId ?? '') ?? byId.get(span.links?.[0]?.spanId ?? '');
    return before === undefined ? span : cameFrom(before);
  };
  // The request that told orders of the approval; checkout's call, and so the click, is its parent.
  const cause = 'POST /internal/v1/orders/:id/events';
  const mails = named('send mail');
  expect(mails.map((mail) => cameFrom(mail).name)).toEqual([cause, cause]);
  const clicks = named(cause).map(({ traceId }) => traceId);
  expect(mails.map(({ traceId }) => clicks.includes(traceId))).toEqual([true, false]);
  const noted = named('process order-events').map(({ links = [] }) => links.map((link) => link.traceId));
  // The first goes alone, who comes meanwhile goes together.
  expect(noted.map(({ length }) => length)).toEqual([1, 2]);
  expect(noted.flat().toSorted()).toEqual(clicks.toSorted());
  expect(collector.said()).not.toContain('buyer@example.test');
  mailer.close();
  collector.close();
  await shop.close();
});
