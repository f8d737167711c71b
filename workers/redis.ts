// Two manners of using Redis: whoever publishes fails fast, because the outbox keeps what it could not hand over;
// whoever consumes waits for as long as it takes.
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { Envelope } from '../core/contracts/events.ts';
import type { Log } from '../core/telemetry/log.ts';
import { GatheringConnector } from './gathered-writes.ts';
import { createOutageLog, type OutageLog } from './outage-log.ts';
import type { QueueName } from './queues.ts';

const reconnectMs = (tries: number) => Math.min(1_000, 50 * tries);
// A Redis that hangs must not hold the relay's transaction longer than this.
const commandTimeoutMs = 2_000;
// There as long as Redis has lost nothing: what it holds is then what it was handed.
const filledKey = 'headroom:filled';

/** For BullMQ workers, which block on it. */
export const consumerConnection = (url: string) => ({
  url,
  maxRetriesPerRequest: null,
  connectTimeout: 2_000,
  retryStrategy: reconnectMs,
  Connector: GatheringConnector,
});

export type JobQueue = Queue<Envelope, void, string>;

export interface Producer {
  /** False while Redis is away: ask before taking anything out of PostgreSQL. */
  isReady(): boolean;
  /** Rejects when Redis does not answer. */
  queue(name: QueueName): Promise<JobQueue>;
  /** False when this Redis is new or was emptied since `remember()`. */
  remembers(): Promise<boolean>;
  remember(): Promise<void>;
  /** Share of maxmemory in use, 0 without a limit; null while Redis does not answer. */
  memoryUsed(): Promise<number | null>;
  /** One log for every connection of this process. */
  readonly outage: OutageLog;
  close(): Promise<void>;
}

export function connectProducer(url: string, log: Log): Producer {
  const outage = createOutageLog(log, 'redis');
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 2_000,
    commandTimeout: commandTimeoutMs,
    retryStrategy: reconnectMs,
  });
  redis.on('error', outage.failed);
  redis.on('ready', outage.recovered);
  const opened = new Map<QueueName, JobQueue>();
  return {
    outage,
    isReady: () => redis.status === 'ready',
    async queue(name) {
      if (redis.status !== 'ready') throw new Error('Redis is away');
      let queue = opened.get(name);
      if (queue === undefined) {
        queue = new Queue(name, { connection: redis });
        queue.on('error', outage.failed);
        opened.set(name, queue);
      }
      try {
        await queue.waitUntilReady();
        return queue;
      } catch (error) {
        // One that met an outage while it was being made stays broken for ever; the next caller gets a new one.
        opened.delete(name);
        throw error;
      }
    },
    async remembers() {
      return (await redis.exists(filledKey)) === 1;
    },
    async remember() {
      await redis.set(filledKey, '1');
    },
    async memoryUsed() {
      if (redis.status !== 'ready') return null;
      const said = await redis.info('memory').catch(() => null);
      if (said === null) return null;
      const [used, limit] = ['used_memory', 'maxmemory'].map((name) =>
        Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(said)?.[1]),
      ) as [number, number];
      return limit > 0 ? used / limit : 0;
    },
    async close() {
      await Promise.allSettled([...opened.values()].map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}
