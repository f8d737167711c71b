// The workers' stores opened for one command of a person, and closed after it.
import { setTimeout as pause } from 'node:timers/promises';
import { isDatabaseAway } from '../core/db/away.ts';
import { type Database, openDatabase } from '../core/db/client.ts';
import { createInstruments } from '../core/telemetry/instruments.ts';
import { createLog } from '../core/telemetry/log.ts';
import { connectProducer, type Producer } from './redis.ts';

export interface Desk {
  readonly db: Database;
  readonly producer: Producer;
}
export type AtDesk<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** Nothing was begun. */
  | { readonly kind: 'away'; readonly store: 'PostgreSQL' | 'Redis' };

const redisWithinMs = 1_000;
const lookEveryMs = 20;

/** What `work` throws is thrown: it may have been half done. */
export async function atDesk<T>(
  stores: { readonly databaseUrl: string; readonly redisUrl: string; readonly needsRedis: boolean },
  work: (desk: Desk) => Promise<T>,
): Promise<AtDesk<T>> {
  const db = openDatabase(stores.databaseUrl, { poolSize: 2, instruments: createInstruments('workers') });
  const producer = connectProducer(stores.redisUrl, createLog('workers', 'error'));
  try {
    if (!(await databaseAnswers(db))) return { kind: 'away', store: 'PostgreSQL' };
    const endsAt = performance.now() + redisWithinMs;
    while (!producer.isReady() && performance.now() < endsAt) await pause(lookEveryMs);
    if (stores.needsRedis && !producer.isReady()) return { kind: 'away', store: 'Redis' };
    return { kind: 'done', value: await work({ db, producer }) };
  } finally {
    await producer.close();
    await db.close();
  }
}

async function databaseAnswers(db: Database): Promise<boolean> {
  try {
    await db.query('look at the desk', (sql) => sql`select 1`);
    return true;
  } catch (error) {
    if (isDatabaseAway(error)) return false;
    throw error;
  }
}
