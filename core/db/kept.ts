// A small table kept in memory, because it is read on every click and changes rarely. Loaded before the service is ready;
// afterwards readers get what is there and never wait, and a refresh that fails keeps the old.

// A broken refresh is not tried on every click.
const retryAfterMs = 1_000;

export interface Kept<T> {
  /** Loads it the first time; afterwards resolves at once. */
  ready(): Promise<void>;
  /** What is there; refreshed behind the reader's back when it is due. */
  current(): T;
}

export interface KeptOptions<T> {
  readonly empty: T;
  readonly maxAgeMs: number;
  readonly load: () => Promise<T>;
  readonly failed: (error: unknown) => void;
}

export function createKept<T>({ empty, maxAgeMs, load, failed }: KeptOptions<T>): Kept<T> {
  let value = empty;
  let loaded = false;
  let dueAt = 0;
  let loading: Promise<void> | null = null;

  async function loadNow(): Promise<void> {
    value = await load();
    loaded = true;
    dueAt = performance.now() + maxAgeMs;
  }

  const loadOnce = () => {
    loading ??= loadNow().finally(() => {
      loading = null;
    });
    return loading;
  };

  return {
    ready: () => (loaded ? Promise.resolve() : loadOnce()),
    current() {
      const now = performance.now();
      if (now >= dueAt && loading === null) {
        dueAt = now + retryAfterMs;
        loadOnce().catch(failed);
      }
      return value;
    },
  };
}
