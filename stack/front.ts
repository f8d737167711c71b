// One address before several processes of a service, as a load balancer stands before them in a deployment. It forwards
// bytes and knows nothing of HTTP: a process that dies takes its connections with it, as it does there.
import { connect, createServer, type Socket } from 'node:net';
import type { Run } from './run.ts';

const connectTimeoutMs = 1_000;

/** Starts the front and returns its URL; `backends` are asked in turn, the next one when one refuses. */
export async function startFront(run: Run, backends: readonly string[]): Promise<string> {
  const addresses = backends.map((url) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) }));
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer((near) => {
    open.add(near);
    near.on('close', () => open.delete(near));
    near.on('error', () => near.destroy());
    turn += 1;
    forward(near, turn, addresses.length);
  });
  const forward = (near: Socket, at: number, tries: number): void => {
    const far = connect({ ...addresses[at % addresses.length]!, timeout: connectTimeoutMs });
    let connected = false;
    far.once('connect', () => {
      connected = true;
      far.setTimeout(0);
      near.pipe(far);
      far.pipe(near);
    });
    far.on('timeout', () => far.destroy());
    // What became of a half-sent request is for the client to find out, as behind any balancer.
    far.on('error', () => far.destroy());
    far.on('close', () => {
      if (connected || tries <= 1 || near.destroyed) near.destroy();
      else forward(near, at + 1, tries - 1);
    });
    near.once('close', () => far.destroy());
  };
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  run.onStop(async () => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return `http://127.0.0.1:${port}`;
}
