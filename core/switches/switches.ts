// Every process holds its own copy of the switches. A notification refreshes it at once, a poll within a second when the
// notification was lost; with PostgreSQL away the last known copy stands and ends on time. Redis has no part in it.
import type { Database } from '../db/client.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import { killSwitchActive, killSwitchDecisions, switchDimensions } from '../telemetry/metrics/switches.ts';
import { addCounts, type Counted, readActive } from './store.ts';
import { decide, type Switch, type Wish } from './switch.ts';

const channel = 'switches';
const pollEveryMs = 1_000;

export interface Switches {
  /** The switch that stops this, counted; dry runs that would have are counted too and stop nothing. */
  blocked(wish: Wish): Switch | null;
  /** The same question without counting: for telling a shopper what is still possible. */
  allows(wish: Wish): boolean;
  /** Resolves once the switches were read: a process that does not know them must not sell. */
  ready(): Promise<void>;
  refresh(): Promise<void>;
  /** Polls and listens until stopped. */
  start(): void;
  stop(): void;
}

export interface SwitchesDeps {
  /** One of their own, so that a busy pool cannot hold a switch back. */
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
}

export const secondsLeft = ({ endsAt }: Switch) =>
  Math.max(1, Math.ceil((endsAt - performance.now()) / 1000));

export function createSwitches({ db, instruments, log }: SwitchesDeps): Switches {
  let copy: readonly Switch[] = [];
  let known = false;
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

  async function writeCounts(): Promise<void> {
    const counts = [...uncounted.values()];
    if (counts.length === 0) return;
    uncounted.clear();
    try {
      await addCounts(db.sql, counts);
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
    const rows = await readActive(db.sql);
    // After the answer: time spent on the way makes a switch end a little late, never early.
    const now = performance.now();
    copy = rows.map(({ remaining_ms, ...each }) => ({ ...each, endsAt: now + remaining_ms }));
    known = true;
    showActive();
  }

  async function round(): Promise<void> {
    try {
      await refresh();
      if (!listening) {
        await db.sql.listen(channel, () => void round());
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
      if (!known) await refresh();
    },
    refresh: async () => {
      await refresh();
      await writeCounts();
    },
    start: () => void poll(),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
