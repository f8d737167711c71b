// A token bucket a client, in this process's memory: N processes allow N times as much, which a limit against abuse may.

export interface RateLimitOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Beyond it the client that was silent longest is forgotten; its bucket was likely full. */
  readonly maxClients: number;
}

export interface Taken {
  readonly allowed: boolean;
  /** Whole requests left at once. */
  readonly remaining: number;
  /** Until the next one is allowed. */
  readonly retryAfterSeconds: number;
}

export interface RateLimit {
  take(client: string, now?: number): Taken;
  readonly clients: number;
}

export function createRateLimit({ perSecond, burst, maxClients }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(client, now = performance.now()) {
      const bucket = buckets.get(client) ?? { tokens: burst, at: now };
      bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
      bucket.at = now;
      const allowed = bucket.tokens >= 1;
      if (allowed) bucket.tokens -= 1;
      // Put last: the first in insertion order is the one silent longest.
      buckets.delete(client);
      if (buckets.size >= maxClients) buckets.delete(buckets.keys().next().value!);
      buckets.set(client, bucket);
      return {
        allowed,
        remaining: Math.floor(bucket.tokens),
        retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond)),
      };
    },
    get clients() {
      return buckets.size;
    },
  };
}
