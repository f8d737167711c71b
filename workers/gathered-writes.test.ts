import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatheringConnector, gatherWrites } from './gathered-writes.ts';

const heard = new EventEmitter();
let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => heard.emit('data', chunk.toString()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as { port: number });
});
afterAll(() => void server.close());

/** Counts what reaches the system: a write of one chunk, or of many. */
async function counted(gathered: boolean) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const calls: number[] = [];
  const one = socket._write.bind(socket);
  const many = socket._writev!.bind(socket);
  socket._write = (chunk, encoding, done) => {
    calls.push(1);
    one(chunk, encoding, done);
  };
  socket._writev = (chunks, done) => {
    calls.push(chunks.length);
    many(chunks, done);
  };
  return { socket: gathered ? gatherWrites(socket) : socket, calls };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Three commands of one turn, two of them by way of promises. */
const say = (socket: Socket) =>
  Promise.all(['a', 'b', 'c'].map((word) => Promise.resolve().then(() => socket.write(word))));

test('what is said in one turn is one write, in order; without gathering it is a write each', async () => {
  const alone = await counted(false);
  await say(alone.socket);
  await turn();
  expect(alone.calls).toEqual([1, 1, 1]);
  alone.socket.destroy();

  const { socket, calls } = await counted(true);
  let text = '';
  heard.on('data', (chunk: string) => {
    text += chunk;
  });
  await say(socket);
  await turn();
  expect(calls).toEqual([3]);
  // Nobody waits for company in the next turn either.
  socket.write('d');
  await turn();
  expect(calls).toEqual([3, 1]);
  while (text.length < 4) await once(heard, 'data');
  expect(text.slice(-4)).toBe('abcd');
  socket.destroy();
});

test('as much as the other side reads at once goes out before the turn is through', async () => {
  const { socket, calls } = await counted(true);
  for (let i = 0; i < 5; i++) socket.write('x'.repeat(8 * 1024));
  expect(calls).toEqual([2, 2]);
  await turn();
  expect(calls).toEqual([2, 2, 1]);
  socket.destroy();
});

test('a connection taken back in the turn it was asked for is not made; an error is kept for who asks', async () => {
  const given = { host: '127.0.0.1', port, disconnectTimeout: 100 };
  const taken = new GatheringConnector(given);
  const asked = taken.connect();
  taken.disconnect();
  await expect(asked).rejects.toThrow('closed');
  const refused = new GatheringConnector({ ...given, port: 1 });
  const socket = await refused.connect();
  await once(socket, 'close').catch(() => undefined);
  expect(refused.firstError?.message).toContain('ECONNREFUSED');
});
