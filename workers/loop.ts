// Work that repeats: never twice at once, slower while it fails, stopped between two rounds.
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../core/telemetry/log.ts';
import { createOutageLog } from './outage-log.ts';

// A dependency that is away is asked about once a second, not ten times.
const failurePauseMs = 1_000;

export interface Loop {
  /** Resolves when the round in hand is done. */
  stop(): Promise<void>;
}

/** Runs `round` every `everyMs`; at once again while it answers `'more'`. */
export function startLoop(
  name: string,
  { everyMs, log }: { readonly everyMs: number; readonly log: Log },
  round: () => Promise<'more' | 'done'>,
): Loop {
  const stopping = new AbortController();
  const outage = createOutageLog(log, name);
  const run = async () => {
    while (!stopping.signal.aborted) {
      let waitMs = everyMs;
      try {
        if ((await round()) === 'more') waitMs = 0;
        outage.recovered();
      } catch (error) {
        outage.failed(error);
        waitMs = Math.max(everyMs, failurePauseMs);
      }
      if (waitMs > 0) await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}
