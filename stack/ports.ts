// Ports nobody uses, on loopback only.
import { createServer } from 'node:net';

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

// Between our look and the part's bind somebody else may take the port; three in a row is not chance.
const attempts = 3;

/** Starts something on a free port, again on another when the port was taken meanwhile. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      const taken = /address already in use|EADDRINUSE/i.test(String((error as Error).message));
      if (!taken || attempt === attempts) throw error;
    }
  }
}
