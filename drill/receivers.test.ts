import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startOtlpReceiver } from './otlp-receiver.ts';
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
