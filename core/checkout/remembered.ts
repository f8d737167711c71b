// Answers of a provider, kept for when it is away: bounded in number, and in age by whoever reads them.

export interface Remembered<T> {
  /** The answer when it is not older than `maxAgeMs`. */
  find(key: string, maxAgeMs: number): T | null;
  keep(key: string, value: T): void;
}

export function createRemembered<T>(atMost: number): Remembered<T> {
  const kept = new Map<string, { readonly at: number; readonly value: T }>();
  return {
    find(key, maxAgeMs) {
      const hit = kept.get(key);
      return hit !== undefined && performance.now() - hit.at <= maxAgeMs ? hit.value : null;
    },
    keep(key, value) {
      kept.delete(key);
      // Insertion order is age order: the first key is the oldest.
      if (kept.size >= atMost) kept.delete(kept.keys().next().value!);
      kept.set(key, { at: performance.now(), value });
    },
  };
}
