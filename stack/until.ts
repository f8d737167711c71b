// Waiting for a condition instead of for a time.
import { setTimeout as delay } from 'node:timers/promises';

export interface Patience {
  readonly withinMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks until the answer is not null. Throws with `what` when time is up, at once when the signal aborts. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null> | T | null,
  patience: Patience,
): Promise<T> {
  const deadline = performance.now() + patience.withinMs;
  for (;;) {
    patience.signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() >= deadline)
      throw new Error(`${what}: not within ${(patience.withinMs / 1000).toFixed(0)} s`);
    await delay(patience.everyMs ?? 50);
  }
}

/** For `until`: true on a 2xx, null while nothing answers. */
export async function answers(url: string): Promise<true | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    await response.arrayBuffer();
    return response.ok ? true : null;
  } catch {
    return null; // refused or not ready: exactly what is being waited for
  }
}
