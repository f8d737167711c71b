// Every process holds its own copy of the switches. A notification refreshes it at once, a poll within a second when the
// notification was lost; with PostgreSQL away the last known copy stands and ends on time. Redis has no part in it.
// A connection that is there and does not answer is given up and opened anew: nothing else would end the waiting.
import type { Database } from '../db/client.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import {
  killSwitchActive,
  killSwitchCopyAge,
  killSwitchDecisions,
  switchDimensions,
} from '../telemetry/metrics/switches.ts';
import { addCounts, type Counted, readActive } from './store.ts';
import { decide, type Switch, type Wish } from './switch.ts';

const channel = 'switches';
const pollEveryMs = 1_000;
/** A thousand times what the read takes; a longer wait says that the connection is dead. */
const answerLimitMs = 1_000;
/** A copy older than this is read again before the process is said to be ready. */
const readAgainAfterMs = 15_000;

export interface Switches {
  /** The switch that stops this, counted; dry runs that would have are counted too and stop nothing. */
  blocked(wish: Wish): Switch | null;
  /** The same question without counting: for telling a shopper what is still possible. */
  allows(wish: Wish): boolean;
  /** Resolves once the switches were read, and not too long ago: a process that does not know them must not sell. */
  ready(): Promise<void>;
  refresh(): Promise<void>;
  /** Polls and listens until stopped. */
  start(): void;
  /** Closes what was opened. */
  stop(): Promise<void>;
}

export interface SwitchesDeps {
  /** A pool of their own, so that a busy one cannot hold a switch back; asked for again when it does not answer. */
  readonly open: () => Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly staleAfterMs?: number;
}

class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  constructor() {
    super(`PostgreSQL did not answer within ${answerLimitMs} ms`);
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer()), answerLimitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const secondsLeft = ({ endsAt }: Switch) =>
  Math.max(1, Math.ceil((endsAt - performance.now()) / 1000));

export function createSwitches({
  open,
  instruments,
  log,
  staleAfterMs = readAgainAfterMs,
}: SwitchesDeps): Switches {
  let db = open();
  let copy: readonly Switch[] = [];
  let readAt: number | null = null;
  let stale = false;
  let listening = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const uncounted = new Map<string, Counted>();

  function count({ dimension, activation }: Switch, effect: Counted['effect']): void {
    instruments.count(killSwitchDecisions, { dimension, effect });
    const key = `${activation} ${effect}`;
    const decisions = (uncounted.get(key)?.decisions ?? 0) + 1;
    uncounted.set(key, { activation, effect, decisions });
  }

  function showActive(): void {
    const now = performance.now();
    for (const dimension of switchDimensions) {
      const on = copy.filter((one) => one.dimension === dimension && one.mode === 'on' && one.endsAt > now);
      instruments.set(killSwitchActive, { dimension }, on.length);
    }
  }

  /** Asks the database, and goes on with another connection when it does not answer. */
  async function ask<T>(work: (from: Database) => Promise<T>): Promise<T> {
    const asked = db;
    try {
      return await inTime(work(asked));
    } catch (error) {
      if (error instanceof NoAnswer && asked === db && !stopped) {
        db = open();
        listening = false;
        // It cannot say goodbye either.
        asked.close().catch((failure: unknown) => log.warn('switches.not_closed', errorFields(failure)));
      }
      throw error;
    }
  }

  async function writeCounts(): Promise<void> {
    const counts = [...uncounted.values()];
    if (counts.length === 0) return;
    uncounted.clear();
    try {
      await ask((from) => addCounts(from.sql, counts));
    } catch (error) {
      for (const each of counts) {
        const key = `${each.activation} ${each.effect}`;
        const since = uncounted.get(key)?.decisions ?? 0;
        uncounted.set(key, { ...each, decisions: since + each.decisions });
      }
      throw error;
    }
  }

  async function refresh(): Promise<void> {
    const rows = await ask((from) => readActive(from.sql));
    // After the answer: time spent on the way makes a switch end a little late, never early.
    const now = performance.now();
    copy = rows.map(({ remaining_ms, ...each }) => ({ ...each, endsAt: now + remaining_ms }));
    readAt = now;
    showActive();
  }

  function showAge(): void {
    if (readAt !== null) instruments.set(killSwitchCopyAge, {}, (performance.now() - readAt) / 1000);
  }

  async function round(): Promise<void> {
    try {
      await refresh();
      if (!listening) {
        await ask((from) => from.sql.listen(channel, () => void round()));
        listening = true;
        // What changed between the read and the listening was told to nobody.
        await refresh();
      }
      await writeCounts();
      if (stale) log.info('switches.fresh_again');
      stale = false;
    } catch (error) {
      if (!stale && !stopped) log.warn('switches.not_refreshed', errorFields(error));
      stale = true;
      showActive();
    } finally {
      showAge();
    }
  }

  async function poll(): Promise<void> {
    await round();
    if (!stopped) timer = setTimeout(() => void poll(), pollEveryMs);
  }

  return {
    blocked(wish) {
      const { stopped: by, wouldStop } = decide(copy, wish, performance.now());
      for (const each of wouldStop) count(each, 'would_stop');
      if (by !== null) count(by, 'stopped');
      return by;
    },
    allows: (wish) => decide(copy, wish, performance.now()).stopped === null,
    async ready() {
      if (readAt === null || performance.now() - readAt > staleAfterMs) await refresh();
    },
    refresh: async () => {
      await refresh();
      await writeCounts();
    },
    start: () => void poll(),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await db.close();
    },
  };
}
