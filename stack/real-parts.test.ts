import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createTransport } from 'nodemailer';
import connect from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAlertmanager } from './alertmanager.ts';
import { useExternalPostgres, useExternalRedis } from './external.ts';
import type { FoundPart } from './part.ts';
import { partNamed, resolveParts } from './parts.ts';
import { cacheDirectory } from './places.ts';
import { freePort, onFreePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { startProcess } from './process.ts';
import { rowOf } from './process-table.ts';
import { quiet } from './progress.ts';
import { startPrometheus } from './prometheus.ts';
import { writeTargets } from './prometheus-config.ts';
import { startRedis } from './redis.ts';
import { openRun, type Run } from './run.ts';
import { openAppendLog } from '../chaos/append-log.ts';
import { recipientHash, startSmtpSink } from './smtp-sink.ts';
import { startToxiproxy } from './toxiproxy.ts';
import { until } from './until.ts';

let state: string;
let run: Run;
let parts: Awaited<ReturnType<typeof resolveParts>>;
beforeAll(async () => {
  parts = await resolveParts({ progress: quiet });
  state = mkdtempSync(join(tmpdir(), 'headroom-real-'));
  // A clone below a home that nobody else may enter, as root's is: PostgreSQL must start all the same.
  chmodSync(state, 0o700);
  run = await openRun({ stateDirectory: state, progress: quiet });
}, 900_000);
afterAll(async () => {
  await run.stop();
  rmSync(state, { recursive: true, force: true });
});

async function settings(url: string, names: readonly string[]) {
  const sql = connect(url, { max: 1 });
  const values = await Promise.all(names.map((name) => sql`select current_setting(${name}) as value`));
  await sql.end();
  return values.map(([row]) => (row as { value: string }).value);
}

describe('PostgreSQL', () => {
  test('commits durably, asks for a password and is gone after its stop', async () => {
    const postgres = await startPostgres(run, parts.postgres, cacheDirectory());
    expect(await settings(postgres.url, ['fsync', 'synchronous_commit', 'listen_addresses'])).toEqual([
      'on',
      'on',
      '127.0.0.1',
    ]);
    const wrong = connect(postgres.url.replace(/:[^:@]+@/, ':wrong@'), { max: 1 });
    await expect(wrong`select 1`).rejects.toThrow(/password authentication failed/);
    await wrong.end();
    // Root may not run it: the server belongs to an account that owns nothing else.
    if (process.getuid?.() === 0) expect(statSync(`/proc/${postgres.pid}`).uid).not.toBe(0);
    await postgres.stop();
    expect(rowOf(postgres.pid)).toBeNull();
  });

  test('paused it answers nobody, its backends included; resumed it goes on', async () => {
    const postgres = await startPostgres(run, parts.postgres, cacheDirectory());
    const sql = connect(postgres.url, { max: 1 });
    await sql`select 1`;
    postgres.pause();
    const answer = sql`select 1`.then(() => 'answered');
    expect(await Promise.race([answer, until('', () => null, { withinMs: 500 }).catch(() => 'silent')])).toBe(
      'silent',
    );
    postgres.resume();
    expect(await answer).toBe('answered');
    await sql.end();
    await postgres.stop();
  });

  test('one of the user’s own is used in a database of its own, and left without it', async () => {
    const postgres = await startPostgres(run, parts.postgres, cacheDirectory());
    const other = await openRun({ stateDirectory: join(state, 'other'), progress: quiet });
    const sql = connect(postgres.url, { max: 1 });
    await sql`create role theirs`;
    const used = await useExternalPostgres(other, partNamed('postgres'), postgres.url, ['theirs', 'ours']);
    await sql`create role ours`;
    const [name] = await settings(used.url, ['server_version']);
    expect(name).toBeDefined();
    await other.stop();
    await expect(settings(used.url, ['fsync'])).rejects.toThrow(/does not exist/);
    const left = await sql`select rolname from pg_roles where rolname in ('theirs', 'ours')`;
    expect(left.map(({ rolname }) => rolname as string)).toEqual(['theirs']);
    await sql.end();
    await postgres.stop();
  });

  test('one that cannot be reached is a usage error that does not show the password', async () => {
    const url = `postgres://owner:secret@127.0.0.1:${await freePort()}/shop`;
    const error = await useExternalPostgres(run, partNamed('postgres'), url).catch((e: Error) => e);
    expect(error).toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('HEADROOM_POSTGRES_URL'),
    });
    expect((error as Error).message).not.toContain('secret');
  });
});

describe('Redis and Toxiproxy', () => {
  test('Redis evicts nothing and appends; the proxy leads to it and can be cut', async () => {
    const redis = await startRedis(run, parts.redis);
    const proxy = await startToxiproxy(run, parts.toxiproxy, { redis: new URL(redis.url).host });
    const client = new Redis(`redis://${proxy.proxies.redis}`, { retryStrategy: () => null });
    client.on('error', () => {});
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    await fetch(`${proxy.url}/proxies/redis`, { method: 'POST', body: '{"enabled":false}' });
    await expect(client.ping()).rejects.toThrow();
    client.disconnect();
    await Promise.all([redis.stop(), proxy.stop()]);
  });

  test('one of the user’s own that holds data is refused', async () => {
    const redis = await startRedis(run, parts.redis);
    const client = new Redis(redis.url);
    await client.set('somebody', 'else');
    await expect(useExternalRedis(run, partNamed('redis'), redis.url)).rejects.toThrow(/not empty/);
    expect(await client.get('somebody')).toBe('else');
    client.disconnect();
    await redis.stop();
  });
});

test('what a killed run left in servers of the user’s own is cleared by the next; a Redis without its mark is left', async () => {
  const [postgres, redis] = await Promise.all([
    startPostgres(run, parts.postgres, cacheDirectory()),
    startRedis(run, parts.redis),
  ]);
  const place = join(state, 'killed');
  const redisUrl = new URL('/1', redis.url).href;
  const killed = await openRun({ stateDirectory: place, progress: quiet });
  const used = await useExternalPostgres(killed, partNamed('postgres'), postgres.url, ['ours']);
  await useExternalRedis(killed, partNamed('redis'), redisUrl);
  const sql = connect(postgres.url, { max: 1 });
  await sql`create role ours`;
  const record = join(killed.directory, 'pids.json');
  expect(statSync(record).mode & 0o777).toBe(0o600);
  const text = readFileSync(record, 'utf8');
  // The same record under an owner who is dead, as after a kill -9.
  const dead = JSON.stringify({ ...JSON.parse(text), owner: { pid: 1, started: 'before' } });
  writeFileSync(record, dead);
  rmSync(join(place, 'run', 'lock.json'));
  const next = await openRun({ stateDirectory: place, progress: quiet });
  await expect(settings(used.url, ['fsync'])).rejects.toThrow(/does not exist/);
  expect(await sql`select 1 from pg_roles where rolname = 'ours'`).toHaveLength(0);
  const client = new Redis(redisUrl);
  expect(await client.dbsize()).toBe(0);
  // Cleared already, and filled by its owner since: the old record must not empty it a second time.
  await client.set('somebody', 'else');
  await killed.stop();
  expect(await client.get('somebody')).toBe('else');
  client.disconnect();
  await next.stop();
  await sql.end();
  await Promise.all([postgres.stop(), redis.stop()]);
});

test('Prometheus scrapes the fixed job and instance of a target whatever its port, and knows its Alertmanager', async () => {
  const config = join(run.directory, 'alertmanager.yml');
  writeFileSync(config, 'route: { receiver: none }\nreceivers: [{ name: none }]\n');
  const alertmanager = await startAlertmanager(run, parts.alertmanager, config);
  const targetsFile = join(run.directory, 'targets.json');
  writeTargets(targetsFile, []);
  const prometheus = await startPrometheus(run, parts.prometheus, {
    scrapeIntervalSeconds: 1,
    evaluationIntervalSeconds: 1,
    ruleFiles: [],
    targetsFile,
    alertmanager: new URL(alertmanager.url).host,
  });
  const address = new URL(alertmanager.url).host; // anything with /metrics serves
  writeTargets(targetsFile, [{ job: 'checkout', instance: 'checkout-1', address }]);
  const ask = async () => {
    const response = await fetch(`${prometheus.url}/api/v1/query?query=up{job="checkout"}`);
    const { data } = (await response.json()) as {
      data: { result: { metric: object; value: [number, string] }[] };
    };
    return data.result[0] ?? null;
  };
  const up = await until('the target is scraped', ask, { withinMs: 20_000 });
  expect(up).toMatchObject({
    metric: { job: 'checkout', instance: 'checkout-1' },
    value: [expect.anything(), '1'],
  });
  const managers = await (await fetch(`${prometheus.url}/api/v1/alertmanagers`)).json();
  expect(managers).toMatchObject({
    data: { activeAlertmanagers: [{ url: expect.stringContaining(address) }] },
  });
  await Promise.all([prometheus.stop(), alertmanager.stop()]);
});

test('the mailbox ledger holds the order, the message id and a hash, never the address, and nothing that was refused', async () => {
  const ledger = join(run.directory, 'mailbox.ndjson');
  const sink = await startSmtpSink(run, (await openAppendLog(ledger)).log);
  const mailer = createTransport({ url: sink.url });
  await mailer.sendMail({
    from: 'shop@shop.example',
    to: 'Jane.Doe@shop.example',
    subject: 'Your order',
    text: 'Thank you',
    messageId: '<order-1@shop.example>',
    headers: { 'X-Headroom-Order-Id': 'order-1', 'X-Headroom-Mail': 'order-shipped' },
  });
  const write = (to: string) => mailer.sendMail({ from: 'shop@shop.example', to, text: 'Thank you' });
  sink.refuse('full@shop.example', 452);
  sink.refuse('gone@shop.example', 550);
  await expect(write('Full@shop.example')).rejects.toMatchObject({ responseCode: 452 });
  await expect(write('gone@shop.example')).rejects.toMatchObject({ responseCode: 550 });
  mailer.close();
  await sink.stop();
  const text = readFileSync(ledger, 'utf8');
  expect(JSON.parse(text)).toEqual({
    order_id: 'order-1',
    message_id: '<order-1@shop.example>',
    recipient_sha256: recipientHash('jane.doe@shop.example'),
    received_ms: expect.any(Number),
    subject: 'Your order',
    kind: 'order-shipped',
  });
  expect(text.toLowerCase()).not.toContain('jane');
});

describe('a start that does not succeed', () => {
  const spec = (script: string) => ({
    name: 'broken',
    command: process.execPath,
    args: ['-e', script],
    url: 'http://127.0.0.1:1',
    version: 'own',
    ready: async () => null,
    readyWithinMs: 1_500,
  });

  test('says what the process said last, and leaves nothing running', async () => {
    const failed = startProcess(run, spec('console.error("no such database"); process.exit(3)'));
    await expect(failed).rejects.toThrow(/broken did not start: it ended with exit code 3\nno such database/);
    const silent = startProcess(run, spec('setInterval(() => {}, 1000)'));
    await expect(silent).rejects.toThrow(/it was not ready: not within/);
  });

  test('is tried on another port when somebody took the first', async () => {
    const ports: number[] = [];
    const value = await onFreePort(async (port) => {
      ports.push(port);
      if (ports.length === 1) throw new Error('listen EADDRINUSE: address already in use');
      return 'started';
    });
    expect(value).toBe('started');
    expect(ports).toHaveLength(2);
  });

  test('a part that is missing its files is not started', async () => {
    const nowhere: FoundPart = { ...parts.redis, binaries: { 'redis-server': join(state, 'nothing') } };
    expect(existsSync(nowhere.binaries['redis-server']!)).toBe(false);
    await expect(startRedis(run, nowhere)).rejects.toThrow(/redis did not start: .*ENOENT/);
  });
});
