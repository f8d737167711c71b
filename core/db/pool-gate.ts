// The line before the connection pool, with an end to the waiting: a request that gets no connection in time is told so
// while its caller still listens, instead of queueing behind work that nobody waits for any more.

export class PoolWaitError extends Error {
  override readonly name = 'PoolWaitError';
  constructor(waitMs: number) {
    super(`no database connection was free within ${waitMs} ms`);
  }
}

export interface PoolGate {
  /** Resolves when there is a connection, first come first served; rejects with a PoolWaitError. Null: there is one now. */
  enter(): Promise<void> | null;
  leave(): void;
}

export function createPoolGate(size: number, waitMs: number): PoolGate {
  let inside = 0;
  const waiting = new Set<() => void>();
  return {
    enter() {
      if (inside < size) {
        inside += 1;
        return null;
      }
      return new Promise((resolve, reject) => {
        const admit = () => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          waiting.delete(admit);
          reject(new PoolWaitError(waitMs));
        }, waitMs);
        waiting.add(admit);
      });
    },
    leave() {
      const [next] = waiting;
      if (next === undefined) {
        inside -= 1;
        return;
      }
      // Its place is handed over, so nobody can slip in between.
      waiting.delete(next);
      next();
    },
  };
}
