import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closeServer, listenLoopback, readBody } from './loopback.ts';
import { startOtlpReceiver } from './otlp-receiver.ts';
import { startSpanTee } from './span-tee.ts';
import { startWebhook } from './webhook.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'receivers-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const post = (url: string, body: string) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
const rowsOf = async (file: string) =>
  (await readFile(join(dir, file), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const payload = (spans: number) =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'orders' } }] },
        scopeSpans: [
          {
            spans: Array.from({ length: spans }, (_, n) => ({
              traceId: 't1',
              spanId: `s${n}`,
              parentSpanId: '',
              name: 'place',
              startTimeUnixNano: '1790000000000000000',
              endTimeUnixNano: '1790000000012500000',
              attributes: [{ key: 'email', value: { stringValue: 'someone@shop.example' } }],
              links: [{ traceId: 't0', spanId: 's0' }],
            })),
          },
        ],
      },
    ],
  });

describe('the OTLP receiver', () => {
  test('keeps ids, names and times of a span, and nothing that a customer typed', async () => {
    const receiver = await startOtlpReceiver(join(dir, 'spans.ndjson'));
    expect((await post(`${receiver.url}/v1/traces`, payload(1))).status).toBe(200);
    await receiver.close();
    const [span] = await rowsOf('spans.ndjson');
    expect(span).toMatchObject({ trace: 't1', parent: null, service: 'orders', links: [['t0', 's0']] });
    expect(span!.duration_ms).toBeCloseTo(12.5);
    expect(JSON.stringify(span)).not.toContain('@');
    expect(receiver.facts()).toEqual({ received: 1, dropped: 0, elsewhere: null });
  });

  test('counts what is beyond its bound, and what it cannot read, as dropped', async () => {
    const receiver = await startOtlpReceiver(join(dir, 'spans.ndjson'), { maxSpans: 3 });
    await post(`${receiver.url}/v1/traces`, payload(5));
    expect((await post(`${receiver.url}/v1/traces`, '{')).status).toBe(400);
    await receiver.close();
    expect(receiver.facts()).toMatchObject({ received: 3, dropped: 3 });
    expect(await rowsOf('spans.ndjson')).toHaveLength(3);
  });
});

describe('what is no body of spans', () => {
  const gzip = { 'content-encoding': 'gzip' };
  const bodies: [string, string | Uint8Array<ArrayBuffer>, Record<string, string>][] = [
    ['is not gzip though it says so', payload(1), gzip],
    ['unpacks beyond the bound', new Uint8Array(gzipSync(Buffer.alloc(65 * 1024 * 1024))), gzip],
    ['has spans without their times', payload(1).replaceAll('TimeUnixNano', ''), {}],
    ['has spans without their ids', payload(1).replaceAll('spanId', ''), {}],
    ['is null', 'null', {}],
    ['has a number for a list', '{"resourceSpans":5}', {}],
  ];
  test.each(bodies)('%s: it is answered 400 and counted', async (_, body, headers) => {
    const receiver = await startOtlpReceiver(join(dir, 'spans.ndjson'));
    const limit = AbortSignal.timeout(2_000);
    const answer = await fetch(`${receiver.url}/v1/traces`, { method: 'POST', headers, body, signal: limit });
    expect(answer.status).toBe(400);
    await receiver.close();
    expect(receiver.facts()).toMatchObject({ received: 0, dropped: 1 });
  });
});

describe('a collector that the user named', () => {
  test('gets each body as it was, with its headers, and the spans are kept here too', async () => {
    const taken: { path: string; key: unknown; body: string }[] = [];
    const server = createServer((request, response) => {
      void readBody(request, 1e6).then((body) => {
        taken.push({ path: request.url!, key: request.headers['x-key'], body: body.toString() });
        response.end();
      });
    });
    const tee = startSpanTee(`${await listenLoopback(server)}/`);
    const receiver = await startOtlpReceiver(join(dir, 'spans.ndjson'), { tee });
    await fetch(`${receiver.url}/v1/traces`, {
      method: 'POST',
      headers: { 'x-key': 'k' },
      body: payload(2),
    });
    await receiver.close();
    expect(await tee.close()).toEqual({ forwarded: 1, failed: 0 });
    await closeServer(server);
    expect(taken).toEqual([{ path: '/v1/traces', key: 'k', body: payload(2) }]);
    expect(receiver.facts()).toMatchObject({ received: 2, dropped: 0 });
  });

  test('that hangs costs the shop nothing and is counted', async () => {
    const server = createServer(() => undefined);
    const tee = startSpanTee(await listenLoopback(server), { timeoutMs: 500 });
    const receiver = await startOtlpReceiver(join(dir, 'spans.ndjson'), { tee });
    const asked = performance.now();
    expect((await post(`${receiver.url}/v1/traces`, payload(1))).status).toBe(200);
    expect(performance.now() - asked).toBeLessThan(400);
    await receiver.close();
    expect(await tee.close()).toEqual({ forwarded: 0, failed: 1 });
    await closeServer(server);
  });
});

describe('the webhook', () => {
  test('notes each alert with the moment it arrived, on disk before it answers', async () => {
    const webhook = await startWebhook(join(dir, 'alerts.ndjson'));
    const before = Date.now();
    const alert = {
      status: 'firing',
      labels: { alertname: 'LostOrder', severity: 'page' },
      startsAt: '2026-09-18T12:00:00Z',
      fingerprint: 'f1',
    };
    expect((await post(webhook.url, JSON.stringify({ version: '4', alerts: [alert] }))).status).toBe(200);
    const [row] = await rowsOf('alerts.ndjson');
    expect(row).toMatchObject({ name: 'LostOrder', status: 'firing', fingerprint: 'f1' });
    expect(row!.received_ms).toBeGreaterThanOrEqual(before);
    expect(webhook.received()).toHaveLength(1);
    await webhook.close();
  });

  test('refuses what is not an alert, so that the sender tries again', async () => {
    const webhook = await startWebhook(join(dir, 'alerts.ndjson'));
    expect((await post(webhook.url, '{"alerts":[{}]}')).status).toBe(400);
    expect((await post(webhook.url, 'alerts')).status).toBe(500);
    expect(webhook.received()).toEqual([]);
    await webhook.close();
  });
});
