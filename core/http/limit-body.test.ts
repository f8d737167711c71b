import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { limitBody } from './limit-body.ts';
import { type Listening, listen } from './serve.ts';

const maxBytes = 1_000;
let listening: Listening;
beforeAll(async () => {
  const app = new Hono();
  app.use(limitBody(maxBytes, (c) => c.text('too large', 413)));
  app.post('/', async (c) => c.text(String((await c.req.text()).length)));
  listening = await listen(app, '127.0.0.1', 0);
});
afterAll(() => listening.close());

async function answerTo(send: (outgoing: ClientRequest) => void, headers: Record<string, string> = {}) {
  const outgoing = request({ host: '127.0.0.1', port: listening.port, method: 'POST', headers });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  // The server may hang up on a body it has refused.
  outgoing.on('error', () => undefined);
  send(outgoing);
  const [response] = await answered;
  response.resume();
  outgoing.destroy();
  return response.statusCode;
}
const chunked = (bytes: number) => (outgoing: ClientRequest) => {
  for (let sent = 0; sent < bytes; sent += 100) outgoing.write('x'.repeat(100));
  outgoing.end();
};

test('a body within the limit is read, with its length declared or in chunks', async () => {
  expect(await answerTo((outgoing) => outgoing.end('x'.repeat(maxBytes)))).toBe(200);
  expect(await answerTo(chunked(maxBytes))).toBe(200);
});

test('a body over the limit is refused, with its length declared or in chunks', async () => {
  const declared = { 'content-length': String(maxBytes + 1) };
  expect(await answerTo((outgoing) => outgoing.end('x'.repeat(maxBytes + 1)), declared)).toBe(413);
  expect(await answerTo(chunked(maxBytes + 100))).toBe(413);
});
