// Retries are paid for by first calls: at most a tenth of them, so that a provider in trouble is not hit harder.

const earnedPerCall = 0.1;
// Enough for a burst, too little for a storm.
const savedAtMost = 10;

export interface RetryBudget {
  /** A first call was made. */
  earn(): void;
  /** Whether one retry may be made; it is then spent. */
  spend(): boolean;
}

export function createRetryBudget(): RetryBudget {
  let saved = 0;
  return {
    earn() {
      saved = Math.min(savedAtMost, saved + earnedPerCall);
    },
    spend() {
      // Ten tenths do not sum to 1 in binary.
      if (saved < 1 - 1e-9) return false;
      saved -= 1;
      return true;
    },
  };
}

/** Full jitter over `baseMs`: retries that were born together do not arrive together. */
export const jitterMs = (baseMs: number) => baseMs / 2 + Math.random() * baseMs;
