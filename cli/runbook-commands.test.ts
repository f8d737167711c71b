// What a runbook tells the on-call to type is typed here, every line of every runbook, at a shop that runs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { renderAlertmanager } from '../alerts/render.ts';
import { runbookNames } from '../alerts/generate.ts';
import { commandsIn, readRunbook } from '../alerts/runbook-queries.ts';
import { readConfig } from '../core/config.ts';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { type Listening, listen } from '../core/http/serve.ts';
import { createOrdersApp } from '../core/orders/app.ts';
import { createInstruments } from '../core/telemetry/instruments.ts';
import { provedByTest, recordProof } from '../drill/proof/record.ts';
import { alertmanager, startAlertmanager } from '../stack/alertmanager.ts';
import { partNamed, resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { openRun, type Run } from '../stack/run.ts';
import { connectProducer, type Producer } from '../workers/redis.ts';
import { startTestRedis, type TestRedis } from '../workers/test-parts.ts';
import { type TestShop, testShop } from '../workers/test-shop.ts';
import { main } from './main.ts';

const token = 'a-token-for-tests-only';
const runbooks = [...runbookNames()].map((name) => {
  const text = readRunbook(name);
  return { name, text, commands: commandsIn(text), answered: [] as boolean[] };
});
const lines = runbooks.flatMap((runbook) =>
  runbook.commands.map((line) => [runbook.name, line, runbook] as const),
);

let state: string;
let server: TestServer;
let redis: TestRedis;
let run: Run;
let shop: TestShop;
let producer: Producer;
let orders: Listening;
let alertmanagerUrl: string;
beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'headroom-runbooks-'));
  const [redisPart, alertmanagerPart] = await Promise.all(
    [partNamed('redis'), alertmanager].map((part) => resolvePart(part, { progress: quiet })),
  );
  run = await openRun({ stateDirectory: state, progress: quiet });
  const routing = join(state, 'alertmanager.yml');
  writeFileSync(routing, renderAlertmanager('http://127.0.0.1:9/alerts'));
  const [database, ...started] = await Promise.all([
    startTestServer(),
    startTestRedis(redisPart!.binaries['redis-server']!, redisPart!.environment),
    startAlertmanager(run, alertmanagerPart!, routing),
  ]);
  server = database;
  redis = started[0];
  alertmanagerUrl = started[1].url;
  shop = await testShop(await server.fresh(), { redisUrl: redis.url });
  producer = connectProducer(redis.url, shop.log);
  await vi.waitFor(() => expect(producer.isReady()).toBe(true));
  const app = createOrdersApp({
    ...{ db: shop.database.open('orders'), instruments: createInstruments('orders'), log: shop.log },
    config: readConfig({ DATABASE_URL: shop.database.urls.orders, SERVICE_TOKEN: token }),
  });
  orders = await listen(app, '127.0.0.1', 0);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await orders.close();
  await producer.close();
  await shop.close();
  await Promise.all([server.stop(), redis.stop(), run.stop()]);
  rmSync(state, { recursive: true, force: true });
  const whole = runbooks.filter(
    ({ commands, answered }) => commands.length > 0 && answered.length === commands.length,
  );
  await recordProof(
    'test of runbook commands',
    whole.map(({ name, text, answered }) =>
      provedByTest('runbook', name, text, answered, 'commands answered'),
    ),
  );
});

/** A job that gave up, for the commands that are about one. */
async function letter(): Promise<string> {
  const { orderId } = await shop.sell();
  const [row] = await shop.database.owner<{ id: number }[]>`
    insert into orders.dead_letters (queue, job_id, event_id, order_id, error)
    select 'notifications', event_id::text, event_id, order_id, '550' from orders.outbox
    where order_id = ${orderId} and type = 'order.authorized' returning id`;
  await shop.database.owner`update orders.outbox set handled_at = now()`;
  return `${row!.id}`;
}

/** Which shop, told as somebody tells it who has several. */
const whereOf = (verb: string) =>
  verb === 'switch'
    ? ['--orders-url', `http://127.0.0.1:${orders.port}`]
    : verb === 'alerts'
      ? ['--alertmanager', alertmanagerUrl]
      : ['--elsewhere'];

async function typed(line: string) {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!).slice(1);
  const id = line.includes('dlq') ? await letter() : '';
  const argv = words.map((word) => (word === 'ID' ? id : word === '…' ? 'no such address' : word));
  vi.stubEnv('HEADROOM_STATE', state);
  vi.stubEnv('DATABASE_URL', shop.database.urls.workers);
  vi.stubEnv('REDIS_URL', redis.url);
  vi.stubEnv('SERVICE_TOKEN', token);
  vi.stubEnv('USER', 'ana');
  let [out, err] = ['', ''];
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), terminal: false };
  const there = (words: readonly string[]) => main([...words, ...whereOf(words[0]!)], io);
  // Only what is on can be turned off.
  if (argv[0] === 'switch' && argv[1] === 'off')
    await there(['switch', 'on', ...argv.slice(2)]).then(() => ([out, err] = ['', '']));
  const exitCode = await there(argv);
  vi.unstubAllEnvs();
  await producer.queue('notifications').then((queue) => queue.obliterate({ force: true }));
  await shop.database.owner`update orders.outbox set handled_at = now()`;
  return { exitCode, out, err };
}

describe('a command in a runbook', () => {
  test('is there in every verb that undoes harm', () => {
    expect(lines.length).toBeGreaterThan(20);
    for (const verb of ['switch on', 'switch off', 'dlq redrive', 'queue list', 'queue resume'])
      expect(lines.some(([, line]) => line.startsWith(`headroom ${verb}`))).toBe(true);
  });

  test.each(lines)('%s: %s', async (_name, line, { answered }) => {
    const { exitCode, err } = await typed(line);
    answered.push(exitCode === 0);
    expect([exitCode, err]).toEqual([0, '']);
  });

  test.each([
    ['headroom switch on --planet mars --why "too far"', '--planet'],
    ['headroom switch on --region GB', '--why'],
    ['headroom switch on --region GB --why "card testing" --for 3weeks', '3weeks'],
    ['headroom queue resume mails', 'mails'],
    ['headroom teleport', 'teleport'],
  ])('that cannot be typed is refused: %s', async (line, said) => {
    const { exitCode, err } = await typed(line);
    expect(exitCode).toBe(2);
    expect(err).toContain(said);
  });
});
