// Circuit breaker and bulkhead around one provider. A refusal here happens before anything is sent, so it proves
// that the call was not executed.
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  CountBreaker,
  circuitBreaker,
  handleWhenResult,
  type IBreaker,
} from 'cockatiel';

const consecutiveFailures = 5;
const halfOpenAfterMs = 5_000;

/** Opens on five failures in a row, or on half of the last twenty once ten were made. */
class RunOrShare implements IBreaker {
  readonly #run = new ConsecutiveBreaker(consecutiveFailures);
  // The library asks for *more than* the threshold; half must be enough.
  readonly #share = new CountBreaker({ threshold: 0.49, size: 20, minimumNumberOfCalls: 10 });
  state: unknown;
  success(state: CircuitState): void {
    this.#run.success();
    this.#share.success(state);
  }
  failure(state: CircuitState): boolean {
    const run = this.#run.failure();
    return this.#share.failure(state) || run;
  }
}

export type Guarded<T> =
  | { readonly kind: 'ran'; readonly value: T }
  | { readonly kind: 'refused'; readonly reason: 'breaker_open' | 'bulkhead_full' };

export interface Guard<T> {
  run(work: () => Promise<T>): Promise<Guarded<T>>;
  /** Whether new work should be sent here. After the pause of an open breaker one caller gets a yes: the probe. */
  claim(): boolean;
}

export interface GuardOptions<T> {
  /** Calls at once; one more is refused, never queued. */
  readonly capacity: number;
  readonly failed: (value: T) => boolean;
  readonly onOpen?: (open: boolean) => void;
}

export function createGuard<T>({ capacity, failed, onOpen }: GuardOptions<T>): Guard<T> {
  const breaker = circuitBreaker(
    handleWhenResult((value) => failed(value as T)),
    { halfOpenAfter: halfOpenAfterMs, breaker: new RunOrShare() },
  );
  let openedAt = 0;
  let probePromisedAt = Number.NEGATIVE_INFINITY;
  let inside = 0;
  breaker.onStateChange((state) => {
    if (state === CircuitState.Open) openedAt = Date.now();
    onOpen?.(state !== CircuitState.Closed);
  });
  return {
    claim() {
      if (breaker.state === CircuitState.Closed) return true;
      const now = Date.now();
      // A promised probe that never came (its order was sold out) is promised again after another pause.
      if (breaker.state !== CircuitState.Open || now - openedAt < halfOpenAfterMs) return false;
      if (now - probePromisedAt < halfOpenAfterMs) return false;
      probePromisedAt = now;
      return true;
    },
    async run(work) {
      // The library makes callers wait for the probe; a shopper is better served by the other provider.
      if (breaker.state === CircuitState.HalfOpen) return { kind: 'refused', reason: 'breaker_open' };
      if (inside >= capacity) return { kind: 'refused', reason: 'bulkhead_full' };
      inside += 1;
      try {
        return { kind: 'ran', value: await breaker.execute(work) };
      } catch (error) {
        if (error instanceof BrokenCircuitError) return { kind: 'refused', reason: 'breaker_open' };
        throw error;
      } finally {
        inside -= 1;
      }
    },
  };
}
