// The lab as a process: killed without warning it keeps what it told, stopped politely it leaves nothing behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';

let dir: string;
let started: ChildProcess[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lab-'));
});
afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  started = [];
  await rm(dir, { recursive: true });
});

async function startProcess(...args: string[]) {
  const main = join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--dir', dir, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const [line] = await once(createInterface({ input: child.stdout! }), 'line');
  return { child, ports: JSON.parse(line) as Record<string, number> };
}
const capture = (port: number, reference: string) =>
  fetch(`http://127.0.0.1:${port}/v1/captures`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'Idempotency-Key': `c-${reference}` },
    body: JSON.stringify({ reference, amount_minor: 500, currency: 'GBP' }),
  });
const authorize = (port: number, key: string) =>
  fetch(`http://127.0.0.1:${port}/v1/authorizations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify({
      ...{
        reference: key,
        order: `o-${key}`,
        amount_minor: 500,
        currency: 'GBP',
        method: 'card',
        token: 'tok_ok_1',
      },
    }),
  });

test('after kill -9 under load, every charge and capture that was told is still in the books', async () => {
  const first = await startProcess();
  const told: string[] = [];
  const captured: string[] = [];
  const buyers = Array.from({ length: 8 }, async (_, buyer) => {
    for (let n = 0; ; n++) {
      const key = `k-${buyer}-${n}`;
      const answer = await authorize(first.ports['psp-primary']!, key).catch(() => null);
      if (answer === null) return;
      told.push(key);
      const taken = await capture(first.ports['psp-primary']!, key).catch(() => null);
      if (taken === null) return;
      captured.push(key);
      if (told.length >= 200) first.child.kill('SIGKILL');
    }
  });
  await Promise.all(buyers);
  const second = await startProcess();
  const answer = await fetch(`http://127.0.0.1:${second.ports.control}/books/psp-primary`);
  const { charges } = (await answer.json()) as { charges: { key: string; captured_minor: number }[] };
  const booked = new Set(charges.map((charge) => charge.key));
  expect(told.length).toBeGreaterThanOrEqual(200);
  expect(told.filter((key) => !booked.has(key))).toEqual([]);
  const taken = new Set(charges.filter((charge) => charge.captured_minor === 500).map(({ key }) => key));
  expect(captured.filter((key) => !taken.has(key))).toEqual([]);
});

test('SIGTERM ends it with 0, a held call included; a port in use is refused with 2', async () => {
  const { child, ports } = await startProcess();
  await fetch(`http://127.0.0.1:${ports.control}/faults/f`, {
    method: 'PUT',
    body: JSON.stringify({
      ...{ provider: 'psp-primary', operation: 'any', seed: 1, lease_ms: 60_000 },
      mix: [{ position: 'after', share: 1, delay_ms: 60_000 }],
    }),
  });
  const held = authorize(ports['psp-primary']!, 'held').then(
    () => 'answered',
    () => 'cut',
  );
  const calls = async () => {
    const faults = (await (await fetch(`http://127.0.0.1:${ports.control}/faults`)).json()) as {
      calls: number;
    }[];
    return faults[0]?.calls;
  };
  await expect.poll(calls).toBe(1);

  const rival = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      join(import.meta.dirname, 'main.ts'),
      '--dir',
      join(dir, 'rival'),
      '--tax-port',
      String(ports.tax),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  started.push(rival);
  let complaint = '';
  rival.stderr!.on('data', (chunk) => {
    complaint += chunk;
  });
  expect((await once(rival, 'exit'))[0]).toBe(2);
  expect(complaint).toContain('EADDRINUSE');

  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);
  expect(await held).toBe('cut');
});
