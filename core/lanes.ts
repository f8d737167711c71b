// What wants the same goes together: while one piece of work for it runs, those that arrive form the next batch, in order of
// arrival. Alone, it starts at once. Placements of one article would wait for each other anyway, at the article's row; here
// they wait for one commit instead of one each.
import { setTimeout as pause } from 'node:timers/promises';

export interface LaneOptions {
  /** Most of one batch; 1 turns lanes off. */
  readonly max: number;
  /** How long a lane that just finished lets more arrive; never when it was idle. */
  readonly waitMs: number;
}

interface Waiting<T, R> {
  readonly item: T;
  settle(result: PromiseSettledResult<R>): void;
}
interface Lane<T, R> {
  readonly waiting: Waiting<T, R>[];
}

/** `run` answers for every item of a batch, in order; one item's failure is its own. */
export function createLanes<T, R>(
  { max, waitMs }: LaneOptions,
  keysOf: (item: T) => readonly string[],
  run: (batch: readonly T[]) => Promise<readonly PromiseSettledResult<R>[]>,
): (item: T) => Promise<R> {
  const lanes = new Map<string, Lane<T, R>>();
  // How many in hand want each key: who wants several queues for the one most wanted.
  const wanted = new Map<string, number>();
  const want = (key: string, by: 1 | -1) => {
    const count = (wanted.get(key) ?? 0) + by;
    if (count === 0) wanted.delete(key);
    else wanted.set(key, count);
  };

  async function drive(key: string, lane: Lane<T, R>): Promise<void> {
    for (let first = true; lane.waiting.length > 0; first = false) {
      if (!first && waitMs > 0 && lane.waiting.length < max) await pause(waitMs);
      const batch = lane.waiting.splice(0, max);
      const results = await run(batch.map(({ item }) => item)).catch((reason: unknown) =>
        batch.map((): PromiseSettledResult<R> => ({ status: 'rejected', reason })),
      );
      for (const [at, one] of batch.entries()) one.settle(results[at]!);
    }
    lanes.delete(key);
  }

  return async (item) => {
    const keys = max === 1 ? [] : keysOf(item);
    if (keys.length === 0) return resultOf((await run([item]))[0]!);
    const key = keys.reduce((most, each) =>
      (wanted.get(each) ?? 0) > (wanted.get(most) ?? 0) ? each : most,
    );
    for (const each of keys) want(each, 1);
    try {
      return resultOf(
        await new Promise<PromiseSettledResult<R>>((settle) => {
          const lane = lanes.get(key);
          if (lane !== undefined) {
            lane.waiting.push({ item, settle });
            return;
          }
          const opened = { waiting: [{ item, settle }] };
          lanes.set(key, opened);
          void drive(key, opened);
        }),
      );
    } finally {
      for (const each of keys) want(each, -1);
    }
  };
}

function resultOf<R>(result: PromiseSettledResult<R>): R {
  if (result.status === 'fulfilled') return result.value;
  throw result.reason;
}
