// Turning switches on and off over the API: who may, what is refused, and what is on record afterwards.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestDatabase, type TestServer } from '../db/test-database.ts';
import { readConfig } from '../config.ts';
import { createOrdersApp } from '../orders/app.ts';
import { createInstruments } from '../telemetry/instruments.ts';
import { createLog } from '../telemetry/log.ts';

const token = 'a-token-for-tests-only';
let server: TestServer;
let database: TestDatabase;
let app: ReturnType<typeof createOrdersApp>;
beforeAll(async () => {
  server = await startTestServer();
  database = await server.fresh();
  const config = readConfig({ DATABASE_URL: database.urls.orders, SERVICE_TOKEN: token });
  app = createOrdersApp({
    db: database.open('orders'),
    instruments: createInstruments('orders'),
    log: createLog('orders', 'error'),
    config,
  });
});
afterAll(() => server.stop());

async function ask(method: string, path: string, body?: unknown, sent = token) {
  const answer = await app.request(`/internal/v1/switches${path}`, {
    method,
    headers: { 'x-service-token': sent },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at by the test that asked.
  return { status: answer.status, body: (await answer.json()) as any };
}
const because = { by: 'ana', why: 'charged twice' };
const named = async (value: string) =>
  (await ask('GET', '')).body.switches.find((each: { value: string }) => each.value === value);

test('on, extended and off again: the list and the log say who, when, from what, to what and why', async () => {
  expect((await ask('PUT', '/payment_method/card', because)).status).toBe(200);
  const first = await named('card');
  expect(first).toMatchObject({ state: 'on', reason: 'charged twice', changed_by: 'ana', stopped: 0 });
  const minutes = (Date.parse(first.expires_at) - Date.parse(first.changed_at)) / 60_000;
  expect(minutes).toBe(60);
  await ask('PUT', '/payment_method/card', { ...because, mode: 'dry_run', for_seconds: 60 });
  await ask('DELETE', '/payment_method/card', { by: 'ben', why: 'provider fixed it' });
  expect(await named('card')).toMatchObject({ state: 'off', changed_by: 'ben' });
  const { log } = (await ask('GET', '/log')).body;
  expect(log.map((row: Record<string, unknown>) => [row.changed_by, row.from_state, row.to_state])).toEqual([
    ['ben', 'dry_run', 'off'],
    ['ana', 'on', 'dry_run'],
    ['ana', 'off', 'on'],
  ]);
  expect((await ask('DELETE', '/payment_method/card', because)).status).toBe(409);
});

test('extending a switch goes on counting, turning it on anew begins at 0', async () => {
  const activation = async () => {
    const [row] = await database.owner`select activation from ops.switches where value = 'FR'`;
    return row!.activation as string;
  };
  await ask('PUT', '/region/FR', because);
  const first = await activation();
  await ask('PUT', '/region/FR', { ...because, for_seconds: 7_200 });
  expect(await activation()).toBe(first);
  await ask('DELETE', '/region/FR', because);
  await ask('PUT', '/region/FR', because);
  expect(await activation()).not.toBe(first);
});

test.each([
  ['a provider there is not', '/provider/psp-third', because],
  ['a way to pay there is not', '/payment_method/cheque', because],
  ['a dimension there is not', '/weather/rain', because],
  ['no reason', '/region/DE', { by: 'ana' }],
  ['nobody', '/region/DE', { why: 'because' }],
  ['longer than a day', '/region/DE', { ...because, for_seconds: 86_401 }],
  ['a card number for a reason', '/region/DE', { ...because, why: 'stop 4111111111111111' }],
])('a switch with %s is refused and does not exist', async (_, path, body) => {
  expect((await ask('PUT', path, body)).status).toBe(422);
  const [row] = await database.owner`select count(*)::int as n from ops.switches
    where value in ('psp-third', 'cheque', 'rain', 'DE')`;
  expect(row).toEqual({ n: 0 });
});

test('nobody without the service token turns anything', async () => {
  for (const method of ['GET', 'PUT', 'DELETE'])
    expect((await ask(method, method === 'GET' ? '' : '/region/GB', undefined, 'guessed')).status).toBe(401);
});

test('the database refuses what the API would: no end, no reason, longer than a day', async () => {
  const { owner } = database;
  const insert = (more: { reason?: string; ends?: string | null }) => owner`
    insert into ops.switches (dimension, value, is_on, changed_by, reason, expires_at)
    values ('region', 'IT', true, 'hand', ${more.reason ?? 'x'}, now() + ${more.ends ?? null}::interval)`;
  await expect(insert({})).rejects.toThrow('on_has_an_end');
  await expect(insert({ reason: '', ends: '1 hour' })).rejects.toThrow('on_has_a_reason');
  await expect(insert({ ends: '25 hours' })).rejects.toThrow('ends_within_a_day');
  await insert({ ends: '1 hour' });
});

test('a change by hand is in the log too, and nobody rewrites the log or removes a switch', async () => {
  const { owner } = database;
  await owner`update ops.switches set is_on = false, changed_by = 'hand' where value = 'IT'`;
  const { log } = (await ask('GET', '/log')).body;
  expect(log[0]).toMatchObject({ value: 'IT', changed_by: 'hand', from_state: 'on', to_state: 'off' });
  await expect(owner`update ops.switch_log set reason = 'nothing happened'`).rejects.toThrow('a record');
  await expect(owner`delete from ops.switch_log`).rejects.toThrow('a record');
  await expect(owner`delete from ops.switches`).rejects.toThrow('a record');
  await expect(database.open('orders')
    .sql`insert into ops.switch_log (dimension, value, changed_by, from_state,
    to_state, reason) values ('region', 'GB', 'nobody', 'off', 'on', '')`).rejects.toThrow(
    'permission denied',
  );
});
