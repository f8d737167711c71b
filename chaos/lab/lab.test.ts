// The lab through its front door: real ports, real books on disk.
import { randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Lab, startLab } from './server.ts';

let dir: string;
let lab: Lab;
const freePorts = { control: 0, 'psp-primary': 0, 'psp-backup': 0, tax: 0, rates: 0 };

const start = async () =>
  startLab({
    dir,
    ports: freePorts,
    host: '127.0.0.1',
    baseLatencyMs: 0,
    onError: (error) => expect.fail(String(error)),
  });
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-'));
  lab = await start();
});
afterEach(async () => {
  await lab.close();
  await rm(dir, { recursive: true });
});

const url = (name: keyof typeof freePorts, path: string) => `http://127.0.0.1:${lab.ports[name]}${path}`;
async function call(method: string, target: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(target, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field.
  return { status: response.status, body: (await response.json()) as any, headers: response.headers };
}
const order = (reference: string = randomUUID(), token = 'tok_ok_1') => ({
  reference,
  order: `o-${reference}`,
  amount_minor: 1299,
  currency: 'GBP',
  method: 'card',
  token,
});
const authorize = (body: ReturnType<typeof order>, key = body.reference) =>
  call('POST', url('psp-primary', '/v1/authorizations'), body, { 'Idempotency-Key': key });
const query = async (reference: string) =>
  (await call('GET', url('psp-primary', `/v1/authorizations?reference=${reference}`))).body.data;
const fault = (position: string, extra: object = {}) =>
  call('PUT', url('control', '/faults/f1'), {
    provider: 'psp-primary',
    operation: 'authorize',
    mix: [{ position, share: 1, delay_ms: 50 }],
    seed: 7,
    lease_ms: 5_000,
    ...extra,
  });
const status = async () => (await call('GET', url('control', '/faults'))).body[0];

describe('a payment provider', () => {
  test('approves, declines and refuses a token it does not know', async () => {
    expect(await authorize(order())).toMatchObject({ status: 201, body: { status: 'approved' } });
    expect(await authorize(order(undefined, 'tok_decline_1'))).toMatchObject({
      status: 201,
      body: { status: 'declined', decline_code: 'insufficient_funds' },
    });
    expect((await authorize(order(undefined, 'tok_stolen_1'))).status).toBe(422);
    expect((await authorize({ ...order(), amount_minor: -1 })).status).toBe(422);
  });

  test('answers the same key and body with the first answer and charges once; another body is refused', async () => {
    const body = order();
    const answers = await Promise.all(Array.from({ length: 20 }, () => authorize(body)));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true')).toHaveLength(19);
    expect(await query(body.reference)).toHaveLength(1);
    expect((await authorize({ ...body, amount_minor: 1 })).status).toBe(422);
    expect((await call('POST', url('psp-primary', '/v1/authorizations'), body)).status).toBe(400);
  });

  test('another key is another charge, so a shop that loses its key is found out', async () => {
    const body = order();
    await authorize(body, 'k1');
    await authorize(body, 'k2');
    expect(await query(body.reference)).toHaveLength(2);
  });

  test('captures once, voids by reference and refuses whatever arrives under it later', async () => {
    const body = order();
    const { id } = (await authorize(body)).body;
    expect((await call('POST', url('psp-primary', `/v1/authorizations/${id}/capture`))).body.status).toBe(
      'captured',
    );
    const voided = await call('POST', url('psp-primary', '/v1/voids'), { reference: body.reference });
    expect(voided.body).toEqual({ voided: 1, tombstoned: true });
    expect((await call('POST', url('psp-primary', `/v1/authorizations/${id}/capture`))).status).toBe(409);
    expect((await authorize(body, 'another-key')).status).toBe(409);
    expect((await authorize(body)).body).toMatchObject({ id, status: 'approved' });
    expect(await query(body.reference)).toMatchObject([{ id, status: 'voided' }]);
  });

  test('lists every change of state as an entry of its own, page by page', async () => {
    const bodies = [order(), order(), order()];
    for (const body of bodies) await authorize(body);
    await call('POST', url('psp-primary', '/v1/voids'), { reference: bodies[0]!.reference });
    const first = (await call('GET', url('psp-primary', '/v1/books?after=0&limit=2'))).body;
    const second = (await call('GET', url('psp-primary', `/v1/books?after=${first.next}&limit=10`))).body;
    const entries = [...first.entries, ...second.entries];
    expect(entries.map((entry) => entry.status)).toEqual(['approved', 'approved', 'approved', 'voided']);
    expect(entries[3]).toMatchObject({
      reference: bodies[0]!.reference,
      amount_minor: 1299,
      currency: 'GBP',
    });
    const end = (await call('GET', url('psp-primary', `/v1/books?after=${second.next}`))).body;
    expect(end).toEqual({ entries: [], next: second.next });
  });

  test('its books, keys and tombstones survive a restart, and a line that was cut off while writing is dropped', async () => {
    const [charged, voided] = [order(), order()];
    const first = await authorize(charged);
    await call('POST', url('psp-primary', '/v1/voids'), { reference: voided.reference });
    const before = (await call('GET', url('control', '/books/psp-primary'))).body;
    await lab.close();
    await appendFile(join(dir, 'psp-primary.ndjson'), '{"seq":9,"kind":"cha');
    lab = await start();
    expect((await call('GET', url('control', '/books/psp-primary'))).body).toEqual(before);
    const again = await authorize(charged);
    expect(again.body).toEqual(first.body);
    expect((await authorize(voided)).status).toBe(409);
    expect((await authorize(order())).status).toBe(201);
    await lab.close();
    lab = await start();
    expect((await call('GET', url('control', '/books/psp-primary'))).body.charges).toHaveLength(2);
  });

  test('refuses to start on books with a broken line in the middle', async () => {
    await authorize(order());
    await lab.close();
    const path = join(dir, 'psp-primary.ndjson');
    const text = await readFile(path, 'utf8');
    await appendFile(path, `not json\n${text}`);
    await expect(start()).rejects.toThrow('line 2 is not JSON');
    await rm(path);
    lab = await start();
  });

  test('the token is not in the books', async () => {
    await authorize(order(undefined, 'tok_ok_secret'));
    expect(await readFile(join(dir, 'psp-primary.ndjson'), 'utf8')).not.toContain('tok_ok');
    expect(JSON.stringify((await call('GET', url('control', '/books/psp-primary'))).body)).not.toContain(
      'fingerprint',
    );
  });
});

describe('a fault by its effect position', () => {
  test('before: refused at once, nothing charged', async () => {
    await fault('before');
    const body = order();
    expect(await authorize(body)).toMatchObject({ status: 503, body: { executed: false } });
    expect(await query(body.reference)).toEqual([]);
  });

  test('error: refused without a word on execution, nothing charged', async () => {
    await fault('error');
    const body = order();
    expect(await authorize(body)).toMatchObject({ status: 500 });
    expect(await query(body.reference)).toEqual([]);
  });

  test('after: charged, the answer never arrives, and the same key brings the answer once the fault is over', async () => {
    await fault('after');
    const body = order();
    await expect(authorize(body)).rejects.toThrow();
    expect(await query(body.reference)).toMatchObject([{ status: 'approved' }]);
    await call('DELETE', url('control', '/faults/f1'));
    expect((await authorize(body)).headers.get('idempotent-replayed')).toBe('true');
  });

  test('late: nothing is charged when the connection is cut, then it is', async () => {
    await fault('late');
    const body = order();
    await expect(authorize(body)).rejects.toThrow();
    expect(await query(body.reference)).toEqual([]);
    expect((await status()).late_pending).toBe(1);
    await vi.waitFor(
      async () => expect(await query(body.reference)).toMatchObject([{ status: 'approved' }]),
      5_000,
    );
    expect((await status()).late_pending).toBe(0);
  });

  test('late: a void that came first is a tombstone the charge cannot pass', async () => {
    await fault('late');
    const body = order();
    await expect(authorize(body)).rejects.toThrow();
    await call('POST', url('psp-primary', '/v1/voids'), { reference: body.reference });
    await vi.waitFor(async () => expect((await status()).late_pending).toBe(0), 5_000);
    expect(await query(body.reference)).toEqual([]);
    expect((await call('GET', url('control', '/books/psp-primary'))).body.refusals).toHaveLength(1);
  });

  test('late: a provider that stops makes the charges it has accepted', async () => {
    await fault('late');
    const body = order();
    await expect(authorize(body)).rejects.toThrow();
    await lab.close();
    lab = await start();
    expect(await query(body.reference)).toHaveLength(1);
  });

  test('slow: charged and answered after the delay', async () => {
    await fault('slow', { mix: [{ position: 'slow', share: 1, delay_ms: 300 }] });
    const started = performance.now();
    expect((await authorize(order())).status).toBe(201);
    expect(performance.now() - started).toBeGreaterThan(295);
  });

  test('it bites its provider and its operation, nobody else', async () => {
    await fault('before');
    expect((await call('GET', url('psp-primary', '/v1/authorizations?reference=r'))).status).toBe(200);
    const elsewhere = order();
    const backup = await call('POST', url('psp-backup', '/v1/authorizations'), elsewhere, {
      'Idempotency-Key': 'k',
    });
    expect(backup.status).toBe(201);
    expect(await query(elsewhere.reference)).toEqual([]);
    await fault('before', { provider: 'tax', operation: 'quote' });
    expect((await tax('GB')).status).toBe(503);
    expect((await authorize(order())).status).toBe(201);
  });

  test('the same seed bites the same calls, and the share is kept', async () => {
    const run = async (id: string) => {
      await call('PUT', url('control', `/faults/${id}`), {
        provider: 'psp-primary',
        operation: 'authorize',
        mix: [{ position: 'before', share: 0.3 }],
        seed: 42,
        lease_ms: 20_000,
      });
      const statuses: number[] = [];
      for (let n = 0; n < 100; n++) statuses.push((await authorize(order())).status);
      await call('DELETE', url('control', `/faults/${id}`));
      return statuses;
    };
    const first = await run('a');
    expect(await run('b')).toEqual(first);
    const listed = (await call('GET', url('control', '/faults'))).body;
    expect(listed[0]).toMatchObject({ calls: 100, bites: { before: first.filter((s) => s === 503).length } });
    expect(listed[0].bites.before).toBeGreaterThan(15);
    expect(listed[0].bites.before).toBeLessThan(45);
  });

  test('a lease that is not renewed ends the fault by itself; a renewed one lives on with its counters', async () => {
    await fault('before', { lease_ms: 300 });
    await authorize(order());
    await new Promise((resolve) => setTimeout(resolve, 200));
    await fault('before', { lease_ms: 300 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await authorize(order())).status).toBe(503);
    await vi.waitFor(async () => expect((await status()).ended_ms).not.toBeNull());
    expect((await authorize(order())).status).toBe(201);
    const { bites, first_bite_ms, last_bite_ms, ended_ms, calls } = await status();
    expect({ calls, before: bites.before }).toEqual({ calls: 2, before: 2 });
    expect(first_bite_ms).toBeLessThan(last_bite_ms);
    expect(last_bite_ms).toBeLessThanOrEqual(ended_ms);
  });

  test('a fault nobody can mean is refused: shares above 1, an endless lease, an operation the provider lacks', async () => {
    expect(
      (
        await fault('before', {
          mix: [
            { position: 'before', share: 0.7 },
            { position: 'late', share: 0.4 },
          ],
        })
      ).status,
    ).toBe(422);
    expect((await fault('before', { lease_ms: 3_600_000 })).status).toBe(422);
    expect((await fault('before', { operation: 'quote' })).status).toBe(422);
    expect((await fault('sideways')).status).toBe(422);
    expect((await call('DELETE', url('control', '/faults/never-was'))).status).toBe(200);
    expect((await call('GET', url('control', '/faults'))).body).toEqual([]);
  });
});

const tax = (country: string) =>
  call('POST', url('tax', '/v1/tax'), {
    country,
    currency: 'GBP',
    lines: [{ sku: 'AAAA1111', quantity: 2, amount_minor: 1000 }],
    shipping_minor: 500,
  });

test('tax and rates answer for home and abroad', async () => {
  expect((await tax('GB')).body).toEqual({ tax_minor: 300, rate: 0.2 });
  expect((await tax('JP')).body).toEqual({ tax_minor: 0, rate: 0 });
  const rates = (
    await call('POST', url('rates', '/v1/rates'), { country: 'GB', weight_grams: 1500, currency: 'GBP' })
  ).body;
  expect(rates.rates).toEqual([
    { method: 'standard', amount_minor: 555, days: 3 },
    { method: 'express', amount_minor: 1095, days: 1 },
  ]);
  expect((await call('GET', url('control', '/healthz'))).body.ports).toEqual(lab.ports);
});
