// headroom switch against a real orders service.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { readConfig } from '../core/config.ts';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import { type Listening, listen } from '../core/http/serve.ts';
import { createOrdersApp } from '../core/orders/app.ts';
import { createInstruments } from '../core/telemetry/instruments.ts';
import { createLog } from '../core/telemetry/log.ts';
import { openRun } from '../stack/run.ts';
import { quiet } from '../stack/progress.ts';
import type { Io } from './cli.ts';
import { main } from './main.ts';

const token = 'a-token-for-tests-only';
let server: TestServer;
let orders: Listening;
let url: string;
let state: string;
beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'headroom-switch-'));
  server = await startTestServer();
  const database = await server.fresh();
  const app = createOrdersApp({
    db: database.open('orders'),
    instruments: createInstruments('orders'),
    log: createLog('orders', 'error'),
    config: readConfig({ DATABASE_URL: database.urls.orders, SERVICE_TOKEN: token }),
  });
  orders = await listen(app, '127.0.0.1', 0);
  url = `http://127.0.0.1:${orders.port}`;
  vi.stubEnv('HEADROOM_STATE', state);
});
afterEach(() => void vi.stubEnv('SERVICE_TOKEN', undefined));
afterAll(async () => {
  vi.unstubAllEnvs();
  await orders.close();
  await server.stop();
  rmSync(state, { recursive: true, force: true });
});

async function headroom(...argv: string[]) {
  let out = '';
  let err = '';
  const io: Io = { out: (text) => (out += text), err: (text) => (err += text), terminal: false };
  const exitCode = await main(['switch', ...argv], io);
  return { exitCode, out, err };
}
const there = () => {
  vi.stubEnv('SERVICE_TOKEN', token);
  return ['--orders-url', url];
};
const why = ['--why', 'declines everything', '--by', 'ana'];

test('on, listed and off again, of the shop that is named', async () => {
  const on = await headroom(
    'on',
    ...there(),
    '--payment-method',
    'bnpl',
    ...why,
    '--for',
    '30m',
    '--dry-run',
  );
  expect(on).toMatchObject({ exitCode: 0, err: '' });
  expect(on.out).toMatch(
    /dry run\s+payment_method\s+bnpl\s+ends in 30 min\s+0 would stop\s+ana: declines everything/,
  );
  const listed = JSON.parse((await headroom('list', ...there(), '--json')).out);
  expect(listed.switches).toMatchObject([{ value: 'bnpl', state: 'dry_run', would_stop: 0 }]);
  expect((await headroom('off', ...there(), '--payment-method', 'bnpl', ...why)).out).toMatch(/^off\s/);
  expect((await headroom('off', ...there(), '--payment-method', 'bnpl', ...why)).exitCode).toBe(2);
});

test('of the shop that runs here, found by its run’s record', async () => {
  const run = await openRun({ stateDirectory: state, progress: quiet });
  try {
    expect((await headroom('list')).exitCode).toBe(2);
    run.serves({ ordersUrl: url, serviceToken: token });
    expect((await headroom('on', '--region', 'GB', ...why)).exitCode).toBe(0);
    expect((await headroom('list')).out).toMatch(/on\s+region\s+GB\s+ends in 60 min/);
  } finally {
    await run.stop();
  }
  const { exitCode, err } = await headroom('list');
  expect(exitCode).toBe(2);
  expect(err).toContain('headroom up');
});

test.each([
  ['nothing to switch', ['on', ...why], '--region'],
  ['two things at once', ['on', '--region', 'GB', '--provider', 'psp-primary', ...why], 'name one thing'],
  ['no reason', ['on', '--region', 'GB'], '--why'],
  ['a time that is too long', ['on', '--region', 'GB', '--for', '25h', ...why], 'up to 24h'],
  ['a provider there is not', ['on', '--provider', 'psp-third', ...why], 'provider:'],
])('%s is a usage error that says so', async (_, argv, said) => {
  const { exitCode, err } = await headroom(...argv, ...there());
  expect(exitCode).toBe(2);
  expect(err).toContain(said);
});

test('a shop that does not answer leaves open whether it was changed: exit 3', async () => {
  vi.stubEnv('SERVICE_TOKEN', token);
  const { exitCode, err } = await headroom('list', '--orders-url', 'http://127.0.0.1:1');
  expect(exitCode).toBe(3);
  expect(err).toContain('did not answer');
});

test('a wrong secret is a usage error', async () => {
  vi.stubEnv('SERVICE_TOKEN', 'guessed-and-wrong-token');
  expect((await headroom('list', '--orders-url', url)).exitCode).toBe(2);
});
