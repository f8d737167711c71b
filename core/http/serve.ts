// Listening and stopping: a stop lets requests in flight finish, within a limit.
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import type { Hono } from 'hono';

const drainLimitMs = 8_000;
// From its first byte to its last: a request of ours is small, and one that is sent a byte at a time keeps others out.
const requestLimitMs = 15_000;

export interface Listening {
  readonly port: number;
  /** No new connections, then requests in flight, then idle connections. */
  close(): Promise<void>;
}

export async function listen(
  app: Hono,
  host: string,
  port: number,
  { requestTimeout = requestLimitMs } = {},
): Promise<Listening> {
  const server: ServerType = await new Promise((resolve, reject) => {
    const serverOptions = {
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: requestTimeout / 4,
    };
    const starting = serve({ fetch: app.fetch, hostname: host, port, serverOptions }, () =>
      resolve(starting),
    );
    starting.once('error', reject);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        const limit = setTimeout(() => {
          if ('closeAllConnections' in server) server.closeAllConnections();
        }, drainLimitMs);
        server.close(() => {
          clearTimeout(limit);
          resolve();
        });
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      }),
  };
}
