// What a stranger may send to the frame of every service: nothing of it may cost more than its refusal.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createInstruments } from '../telemetry/instruments.ts';
import { createLog } from '../telemetry/log.ts';
import { createHttpApp } from './app.ts';
import { type Listening, listen } from './serve.ts';
import { withBody } from './with-body.ts';

const instruments = createInstruments('checkout');
let listening: Listening;
let begun = 0;
beforeAll(async () => {
  const app = createHttpApp({
    instruments,
    log: createLog('checkout', 'error'),
    ready: () => Promise.resolve(),
    traffic: async (_, next) => {
      begun += 1;
      await next();
    },
  });
  app.get('/v1/carts/:id', (c) => c.text(c.req.param('id')));
  app.post('/v1/carts', (c) =>
    withBody(c, z.object({ name: z.unknown() }), () => Promise.resolve(c.text('taken'))),
  );
  listening = await listen(app, '127.0.0.1', 0, { requestTimeout: 400 });
});
afterAll(() => listening.close());

const at = (path: string) => `http://127.0.0.1:${listening.port}${path}`;
const post = (path: string, body: string) => fetch(at(path), { method: 'POST', body });

test.each(['/healthz', '/readyz', '/metrics', '/v1/carts'])(
  'a body that is too large is not read at %s either',
  async (path) => {
    expect((await post(path, ' '.repeat(65 * 1024))).status).toBe(413);
    expect((await post(path, '{}')).status).not.toBe(413);
  },
);

test('a path that no row could be found by is nothing of ours', async () => {
  for (const id of ['%00', 'cart_%00', 'x'.repeat(513)])
    expect((await fetch(at(`/v1/carts/${id}`))).status).toBe(404);
  expect((await fetch(at('/v1/carts/cart_%C3%A4'))).status).toBe(200);
});

test.each([
  ['a zero character', '{"name":"a\\u0000"}', 422],
  ['half of a pair', '{"name":{"first":["\\uD83D"]}}', 422],
  ['a whole pair', '{"name":"\\uD83D\\uDE00"}', 200],
  ['words about a zero character', '{"name":"\\\\u0000"}', 200],
  ['more brackets than a stack is deep', `{"name":${'['.repeat(30_000)}"\\u0041"${']'.repeat(30_000)}}`, 200],
])('%s in a body is told apart from text', async (_, body, status) => {
  expect((await post('/v1/carts', body)).status).toBe(status);
});

async function trickle(): Promise<ReturnType<typeof connect>> {
  const socket = connect(listening.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /v1/carts HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
  return socket;
}
const counted = async (status: string) =>
  (await instruments.expose()).body
    .split('\n')
    .filter((line) => line.startsWith('http_server_request_duration_seconds_count{') && line.includes(status))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

test('who sends a request a byte at a time is hung up on', async () => {
  const socket = await trickle();
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 408 /);
});

test('a client that goes away in the middle of its request is no failure of ours', async () => {
  const before = await counted('4xx');
  const earlier = begun;
  const socket = await trickle();
  await vi.waitFor(() => expect(begun).toBeGreaterThan(earlier));
  socket.destroy();
  await vi.waitFor(async () => expect(await counted('4xx')).toBeGreaterThan(before));
  expect(await counted('5xx')).toBe(0);
});
