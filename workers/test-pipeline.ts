// From the outbox to the mailbox for tests: real PostgreSQL, Redis, SMTP and lab, and workers that come and go.
import { expect, vi } from 'vitest';
import { startTestServer, type TestServer } from '../core/db/test-database.ts';
import type { Envelope } from '../core/contracts/events.ts';
import { connectProducer, type Producer } from './redis.ts';
import {
  startTestLab,
  startTestMailbox,
  startTestRedis,
  type TestLab,
  type TestMailbox,
  type TestRedis,
} from './test-parts.ts';
import { type TestShop, testShop } from './test-shop.ts';
import { startWorkers, type Workers } from './workers.ts';

export interface PipelineParts {
  readonly server: TestServer;
  readonly redis: TestRedis;
  readonly mailbox: TestMailbox;
  readonly lab: TestLab;
  stop(): Promise<void>;
}

interface RedisPart {
  readonly binaries: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** Start in `beforeAll`, stop in `afterAll`. `part` comes from the resolver, which tests may ask and this file may not. */
export async function startPipelineParts(part: RedisPart): Promise<PipelineParts> {
  const [server, redis, mailbox, lab] = await Promise.all([
    startTestServer(),
    startTestRedis(part.binaries['redis-server']!, part.environment),
    startTestMailbox(),
    startTestLab(),
  ]);
  return {
    ...{ server, redis, mailbox, lab },
    async stop() {
      await Promise.all([server.stop(), redis.stop(), mailbox.stop(), lab.stop()]);
    },
  };
}

export interface Pipeline {
  readonly shop: TestShop;
  readonly producer: Producer;
  /** Workers of this shop; what a test does not stop is stopped with the rest. */
  start(): Workers;
  unhandled(): Promise<number>;
  eventOf(orderId: string): Promise<Envelope>;
  close(): Promise<void>;
}

/** A shop of its own over an empty Redis. */
export async function startPipeline({ server, redis, mailbox, lab }: PipelineParts): Promise<Pipeline> {
  await redis.flush();
  mailbox.answer(null);
  const around = { redisUrl: redis.url, smtpUrl: mailbox.url, lab, more: { OUTBOX_POLL_MS: '20' } };
  const shop = await testShop(await server.fresh(), around);
  const producer = connectProducer(redis.url, shop.log);
  await vi.waitFor(() => expect(producer.isReady()).toBe(true));
  const running = new Set<Workers>();
  return {
    shop,
    producer,
    start() {
      const started = startWorkers(shop);
      const workers: Workers = {
        ...started,
        async stop() {
          if (running.delete(workers)) await started.stop();
        },
      };
      running.add(workers);
      return workers;
    },
    async unhandled() {
      const [row] = await shop.database.owner<{ n: number }[]>`
        select count(*)::int as n from orders.outbox where handled_at is null`;
      return row!.n;
    },
    async eventOf(orderId) {
      const [row] = await shop.database.owner<{ payload: Envelope['event']; ms: number }[]>`
        select payload, extract(epoch from deadline_at)::float8 * 1000 as ms from orders.outbox
        where order_id = ${orderId} and type = 'order.authorized'`;
      return { event: row!.payload, traceparent: null, correlation_id: orderId, deadline_ms: row!.ms };
    },
    async close() {
      await Promise.all([...running].map((workers) => workers.stop()));
      await producer.close();
      await shop.close();
    },
  };
}

export const eventually = (check: () => void | Promise<void>, timeout = 10_000) =>
  vi.waitFor(check, { timeout, interval: 50 });
