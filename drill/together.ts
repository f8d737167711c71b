// The load and the game day go on at the same time, and neither outlives the other's failure.

/**
 * Runs both. When one throws, the other is aborted and waited for before the error goes on: afterwards the evidence is sealed,
 * and nobody may still write into it or load the shop.
 */
export async function together<T>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<T>,
  second: (signal: AbortSignal, first: Promise<T>) => Promise<void>,
): Promise<T> {
  const giveUp = new AbortController();
  const either = AbortSignal.any([signal, giveUp.signal]);
  const one = first(either);
  const other = second(either, one);
  try {
    await Promise.all([one, other]);
    return await one;
  } catch (error) {
    giveUp.abort(error);
    await Promise.allSettled([one, other]);
    throw error;
  }
}
