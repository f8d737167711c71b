// Durations and lists as one server writes them and another does not: 24h is 1d, and what is false or empty is left out.

const unitSeconds = { y: 31_536_000, w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1, ms: 0.001 } as const;

export const secondsIn = (duration: string): number =>
  [...duration.matchAll(/(\d+)(ms|[ywdhms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * unitSeconds[unit as 's'],
    0,
  );

/** The same text for the same meaning. */
export function plain(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (typeof one === 'string' && /^(?:\d+(?:ms|[ywdhms]))+$/.test(one)) return secondsIn(one);
    // Lists of words are sets here: matchers, labels.
    if (Array.isArray(one)) return one.every((item) => typeof item === 'string') ? one.toSorted() : one;
    if (one === null || typeof one !== 'object') return one;
    const kept = Object.entries(one).filter(
      ([, part]) => part !== false && !(Array.isArray(part) && part.length === 0),
    );
    return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
