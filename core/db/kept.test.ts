import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createKept } from './kept.ts';

let now = 0;
beforeEach(() => {
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => void vi.restoreAllMocks());

/** A table that says how often it was read, or cannot be. */
function table() {
  const failures: unknown[] = [];
  let reads = 0;
  const state = { away: false };
  const kept = createKept({
    empty: 0,
    maxAgeMs: 30_000,
    async load() {
      reads += 1;
      if (state.away) throw new Error('away');
      return reads;
    },
    failed: (error) => failures.push(error),
  });
  return { kept, failures, reads: () => reads, state };
}

test('it is read once for all who wait for it, and again only when it is due', async () => {
  const { kept, reads } = table();
  await Promise.all([kept.ready(), kept.ready(), kept.ready()]);
  now = 29_999;
  expect([kept.current(), reads()]).toEqual([1, 1]);
  now = 30_000;
  // Who reads does not wait: the answer is what was there.
  expect([kept.current(), reads()]).toEqual([1, 2]);
  await vi.waitFor(() => expect(kept.current()).toBe(2));
});

test('a refresh that fails keeps what was there, and is tried again a second later and not at every read', async () => {
  const { kept, reads, failures, state } = table();
  await kept.ready();
  state.away = true;
  now = 30_000;
  for (let i = 0; i < 10; i++) expect(kept.current()).toBe(1);
  await vi.waitFor(() => expect(failures).toHaveLength(1));
  for (let i = 0; i < 10; i++) expect(kept.current()).toBe(1);
  expect(reads()).toBe(2);
  state.away = false;
  now = 31_000;
  kept.current();
  await vi.waitFor(() => expect(kept.current()).toBe(3));
});

test('a first read that fails is told, and the next one makes up for it', async () => {
  const { kept, state } = table();
  state.away = true;
  await expect(kept.ready()).rejects.toThrow('away');
  state.away = false;
  await kept.ready();
  expect(kept.current()).toBe(2);
});
