// A card number and an e-mail address planted in every text field of every endpoint, and looked for where neither may be:
// logs, spans, metrics, jobs, dead letters, outbox. The e-mail is in the database, where the order needs it, and in the mail.
import { trace } from '@opentelemetry/api';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  address,
  lamp,
  mug,
  type Ready,
  startTestShop,
  type TestShop as Front,
} from '../core/checkout/test-shop.ts';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { startTestLab, type TestLab } from '../core/payment/test-lab.ts';
import { createInstruments } from '../core/telemetry/instruments.ts';
import { createLog } from '../core/telemetry/log.ts';
import { routes } from '../core/telemetry/metrics/http.ts';
import { recordSpans } from '../core/telemetry/test-spans.ts';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { endpointsOf, type Keys, type Plant, plantsIn, unlisted, unplanted } from './test-endpoints.ts';
import { startTestMailbox, startTestRedis, type TestMailbox, type TestRedis } from './test-parts.ts';
import { placesHolding } from './test-places.ts';
import { startWorkers, type Workers } from './workers.ts';

const card = '4111111111111111';
// Short enough for every field that takes a text at all.
const mail = 'leak@planted.io';
const secret = 'a-secret-of-the-tests';

const spans = recordSpans();
const instruments = createInstruments('workers');
let logged = '';
let server: TestServer;
let lab: TestLab;
let redis: TestRedis;
let mailbox: TestMailbox;
let front: Front;
let workers: Workers;
let keys: Keys;
beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    logged += String(text);
    return true;
  });
  const part = await resolvePart(partNamed('redis'), { progress: quiet });
  [server, lab, redis, mailbox] = await Promise.all([
    startTestServer(),
    startTestLab(),
    startTestRedis(part.binaries['redis-server']!, part.environment),
    startTestMailbox(),
  ]);
  const env = {
    LOG_LEVEL: 'debug',
    PSP_PRIMARY_WEBHOOK_SECRET: secret,
    PSP_BACKUP_WEBHOOK_SECRET: secret,
    STOCK_FEED_SECRET: secret,
    REDIS_URL: redis.url,
    SMTP_URL: mailbox.url,
    OUTBOX_POLL_MS: '20',
    RECONCILE_EVERY_MS: '200',
  };
  front = await startTestShop(server, lab, env);
  const [db, mailDb] = [front.database.open('workers'), front.database.open('workers')];
  const config = lab.config(env);
  workers = startWorkers({ db, mailDb, instruments, log: createLog('workers', 'debug'), config });
  const [{ cart }, order] = [await front.ready(), await ordered(await front.ready())];
  const values: Record<string, string> = {
    order,
    provider: 'psp-primary',
    sku: lamp.sku,
    location: 'LON-1',
    dimension: 'promotion',
    value: 'planted',
    step: 'ship',
  };
  keys = {
    ...{ serviceToken: config.SERVICE_TOKEN, secret },
    valueOf: (path, name) =>
      path.startsWith('/v1/carts/') ? cart.id : path.includes('/orders/') ? order : (values[name] ?? 'x'),
  };
});
afterAll(async () => {
  await workers.stop();
  await front.close();
  await Promise.all([server.stop(), lab.close(), redis.stop(), mailbox.stop(), spans.stop()]);
  vi.restoreAllMocks();
});

const plants = (text: string): Plant[] =>
  endpointsOf(front.doors).flatMap((each) => plantsIn(each, text, keys));
const find = (text: string) =>
  placesHolding(text, {
    texts: {
      logs: () => logged,
      spans: spans.text,
      metrics: async () => (await front.exposed()) + (await instruments.expose()).body,
      lab: () => lab.everything(),
    },
    redisUrl: redis.url,
    owner: front.database.owner,
  });

const ordered = async (ready: Ready): Promise<string> => (await front.submit(ready)).body.order_id;

/** Orders a mug as somebody whose every word is an e-mail address. */
async function buy(): Promise<string> {
  const { cart } = await front.ready([{ sku: mug.sku, quantity: 1 }]);
  const at = `/v1/carts/${cart.id}`;
  const words = { ...address, email: mail, name: mail, line1: mail, city: mail, postal_code: mail };
  expect((await front.request('PUT', `${at}/address`, words)).status).toBe(200);
  const quote = (await front.request('POST', `${at}/quote`, { shipping_method: 'standard' })).body;
  return ordered({ cart, quote });
}

test('every endpoint of both services says what its body is, and has a name in the metrics', async () => {
  const endpoints = endpointsOf(front.doors);
  expect(unlisted(endpoints)).toEqual([]);
  const [door] = front.doors;
  expect(unlisted([{ door: door!, method: 'POST', path: '/v1/wishes' }])).toEqual(['POST /v1/wishes']);
  expect(await unplanted()).toEqual([]);
  expect(await unplanted({})).toContain('setAddress');
  const known: ReadonlySet<string> = new Set(routes);
  expect(endpoints.map(({ path }) => path).filter((path) => !known.has(path))).toEqual([]);
  expect(plants(card).length).toBeGreaterThan(150);
});

test('a card number is refused in every one of them, repeated by none, and found nowhere', async () => {
  const wrong: string[] = [];
  for (const { at, send } of plants(card)) {
    const { status, text } = await send();
    if (status !== 422 || !text.includes('card_number_refused') || text.includes(card))
      wrong.push(`${at}: ${status}`);
  }
  expect(wrong).toEqual([]);
  expect(await find(card)).toEqual([]);
});

test('an e-mail in every one of them is in no log, span, metric, job, dead letter or outbox', async () => {
  const answers = new Map<string, number>();
  for (const { at, send } of plants(mail)) answers.set(at, (await send()).status);
  expect([...answers].filter(([, status]) => status >= 500)).toEqual([]);
  // Past the doors: these were taken.
  for (const at of [
    'POST /v1/carts ?q',
    'PUT /v1/carts/:id/address email',
    'PUT /internal/v1/switches/:dimension/:value by',
  ])
    expect([at, answers.get(at)]).toEqual([at, expect.toSatisfy((status: number) => status < 300)]);
  // And once where all of it is taken: one order goes on to its mail, the next to a dead letter.
  const mailed = await buy();
  await vi.waitFor(() => expect(mailbox.of(mailed)).toHaveLength(1), 15_000);
  mailbox.answer(550);
  const refused = await buy();
  await vi.waitFor(async () => {
    const letters = await front.database.owner`select from orders.dead_letters where order_id = ${refused}`;
    expect(letters).toHaveLength(1);
  }, 15_000);
  const found = await find(mail);
  // Where the shop keeps an order and what its people wrote; nothing that travels.
  expect(found.filter((place) => !place.includes('.'))).toEqual([]);
  for (const place of ['orders.outbox', 'orders.dead_letters', 'orders.inbox'])
    expect(found).not.toContain(place);
  expect(found).toEqual(expect.arrayContaining(['checkout.carts', 'orders.orders']));
  const repeated = await front.database.owner`
    select from checkout.cart_keys where body::text like ${`%${mail}%`}`;
  expect(repeated).toHaveLength(0);
});

test('the search finds what a careless log, span, metric, job or dead letter would leak', async () => {
  const leak = 'careless@planted.io';
  expect(await find(leak)).toEqual([]);
  process.stdout.write(`{"event":"cart.address_set","email":"${leak}"}\n`);
  trace.getTracer('plant').startSpan(`POST to ${leak}`).end();
  const client = new Redis(redis.url);
  await client.hset('bull:notifications:planted', 'data', JSON.stringify({ to: leak }));
  client.disconnect();
  await front.database.owner`
    insert into orders.dead_letters (queue, job_id, error) values ('notifications', 'planted', ${`550 <${leak}>`})`;
  const careless = vi
    .spyOn(instruments, 'expose')
    .mockResolvedValue({ contentType: '', body: `x{to="${leak}"} 1` });
  expect(await find(leak)).toEqual(['logs', 'spans', 'metrics', 'jobs', 'orders.dead_letters']);
  careless.mockRestore();
});
