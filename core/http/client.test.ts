// What the network does to a call, and what may be concluded from it.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from './client.ts';

let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/cut') request.socket.destroy();
    else if (request.url === '/half') response.writeHead(200, { 'content-length': '100' }).write('{');
    else if (request.url === '/page') response.end('<html>');
    else if (request.url === '/endless') {
      const more = () => void response.write(Buffer.alloc(1024 * 1024, ' '));
      response.on('drain', more);
      more();
    } else response.writeHead(418).end(JSON.stringify({ path: request.url }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path: string, timeoutMs = 200.5) =>
  call({ method: 'GET', url: `${base}${path}`, timeoutMs, name: 'GET test' });

test('any status with a JSON body is an answer', async () => {
  expect(await get('/tea')).toEqual({ kind: 'answer', status: 418, body: { path: '/tea' } });
});

test('silence and half an answer are a timeout after the whole limit, and the outcome stays open', async () => {
  const started = performance.now();
  const both = await Promise.all([get('/silent'), get('/half')]);
  expect(both).toEqual(Array(2).fill({ kind: 'no_answer', reason: 'timeout' }));
  // A timer may fire a millisecond early by the finer clock.
  expect(performance.now() - started).toBeGreaterThanOrEqual(199);
});

test('a broken connection and an answer that is not JSON leave the outcome open too', async () => {
  expect(await get('/cut')).toEqual({ kind: 'no_answer', reason: 'connection_lost' });
  expect(await get('/page')).toEqual({ kind: 'no_answer', reason: 'connection_lost' });
});

test('an answer without an end is given up long before the time is, and the outcome stays open', async () => {
  expect(await get('/endless', 60_000)).toEqual({ kind: 'no_answer', reason: 'connection_lost' });
});

test('a refused connection proves that nothing was sent', async () => {
  const nobody = createServer().listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const { port } = nobody.address() as AddressInfo;
  nobody.close();
  await once(nobody, 'close');
  const result = await call({ method: 'POST', url: `http://127.0.0.1:${port}/`, timeoutMs: 500, name: 'x' });
  expect(result).toEqual({ kind: 'not_sent', reason: 'ECONNREFUSED' });
});

test('a call without a limit is a bug and says so', async () => {
  await expect(get('/tea', Number.NaN)).rejects.toThrow('no time limit');
});
