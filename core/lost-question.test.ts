// A process of the shop, and a connection that dies under the driver's own first question. Nobody can await that one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './db/test-database.ts';

let server: TestServer;
let wire: Server;
let shop: ChildProcess | undefined;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  shop?.kill('SIGKILL');
  wire?.close();
  await server.stop();
});

/** Resets the first `cut` connections that ask for the array types. */
async function startWire(target: string, cut: number): Promise<{ url: string; left(): number }> {
  const far = new URL(target);
  let left = cut;
  wire = createServer((near) => {
    const to = connect(Number(far.port), far.hostname);
    near.on('data', (chunk) => {
      if (left > 0 && chunk.includes('typarray')) {
        left -= 1;
        near.resetAndDestroy();
        return;
      }
      to.write(chunk);
    });
    to.on('data', (chunk) => near.write(chunk));
    near.on('error', () => to.destroy()).on('close', () => to.destroy());
    to.on('error', () => near.destroy()).on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(wire, 'listening');
  const url = new URL(target);
  url.port = String((wire.address() as AddressInfo).port);
  return { url: url.href, left: () => left };
}

test('goes on when the connection is lost under the question for the array types, and says so', async () => {
  const { urls } = await server.fresh();
  const { url, left } = await startWire(urls.checkout, 2);
  shop = spawn(process.execPath, ['--import', 'tsx', 'core/main.ts', 'checkout'], {
    env: { DATABASE_URL: url, SERVICE_TOKEN: 'a-token-for-the-test' },
    cwd: `${import.meta.dirname}/..`,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(shop, 'exit');
  const events: string[] = [];
  const address = new Promise<string>((resolve) => {
    createInterface({ input: shop!.stdout! }).on('line', (line) => {
      const { event, port } = JSON.parse(line) as { event: string; port?: number };
      events.push(event);
      if (event === 'listening') resolve(`http://127.0.0.1:${port}`);
    });
  });
  const base = await address;
  await expect
    .poll(async () => [(await fetch(`${base}/readyz`)).status, left()], { timeout: 15_000 })
    .toEqual([200, 0]);
  expect(events).toContain('database.types_not_asked');
  shop.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
});
