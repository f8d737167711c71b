// A lab for tests, entered by its front door: real ports, real books on disk.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { type Lab, type LabPorts, startLab } from './server.ts';

const freePorts: LabPorts = { control: 0, 'psp-primary': 0, 'psp-backup': 0, tax: 0, rates: 0, fraud: 0 };

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

export const order = (reference: string = randomUUID(), token = 'tok_ok_1') => ({
  ...{ reference, order: `o-${reference}`, amount_minor: 1299, currency: 'GBP', method: 'card', token },
});

/** A fresh lab for each test of the file that calls it. */
export function labForEachTest() {
  let dir: string;
  let lab: Lab;
  let aheadMs = 0;
  const start = () =>
    startLab({
      ...{ dir, ports: freePorts, host: '127.0.0.1', baseLatencyMs: 0 },
      now: () => Date.now() + aheadMs,
      onError: (error) => expect.fail(String(error)),
    });
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lab-'));
    aheadMs = 0;
    lab = await start();
  });
  afterEach(async () => {
    await lab.close();
    await rm(dir, { recursive: true });
  });
  const url = (name: keyof LabPorts, path: string) => `http://127.0.0.1:${lab.ports[name]}${path}`;
  return {
    call,
    url,
    ports: () => lab.ports,
    books: (provider = 'psp-primary') => join(dir, `${provider}.ndjson`),
    start: async () => {
      lab = await start();
    },
    stop: () => lab.close(),
    /** The providers' clock moves on. */
    advance: (ms: number) => {
      aheadMs += ms;
    },
    heal: () => call('DELETE', url('control', '/faults/f1')),
    authorize: (body: ReturnType<typeof order>, key = body.reference) =>
      call('POST', url('psp-primary', '/v1/authorizations'), body, { 'Idempotency-Key': key }),
    query: async (reference: string) =>
      (await call('GET', url('psp-primary', `/v1/authorizations?reference=${reference}`))).body.data,
    fault: (position: string, extra: object = {}) =>
      call('PUT', url('control', '/faults/f1'), {
        provider: 'psp-primary',
        operation: 'authorize',
        mix: [{ position, share: 1, delay_ms: 50 }],
        seed: 7,
        lease_ms: 5_000,
        ...extra,
      }),
    status: async () => (await call('GET', url('control', '/faults'))).body[0],
    tax: (country: string) =>
      call('POST', url('tax', '/v1/tax'), {
        country,
        currency: 'GBP',
        lines: [{ sku: 'AAAA1111', quantity: 2, amount_minor: 1000 }],
        shipping_minor: 500,
      }),
  };
}
