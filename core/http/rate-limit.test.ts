import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

const options = { perSecond: 10, burst: 20, maxClients: 100 };

test('a client that spent its burst is told when the next request is due, and is let in then', () => {
  const limit = createRateLimit({ ...options, perSecond: 0.5 });
  for (let i = 0; i < 20; i++) expect(limit.take('a', 0).allowed).toBe(true);
  const refused = limit.take('a', 0);
  expect(refused).toEqual({ allowed: false, remaining: 0, retryAfterSeconds: 2 });
  expect(limit.take('a', 1_999).allowed).toBe(false);
  expect(limit.take('a', refused.retryAfterSeconds * 1_000 + 1).allowed).toBe(true);
  expect(limit.take('b', 0).allowed).toBe(true);
});

test('in any stretch of time nobody gets more than the burst and what flowed in since', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 200 }), (gapsMs) => {
      const limit = createRateLimit(options);
      let now = 0;
      let allowed = 0;
      for (const gap of gapsMs) {
        now += gap;
        if (limit.take('a', now).allowed) allowed += 1;
      }
      expect(allowed).toBeLessThanOrEqual(options.burst + (now / 1_000) * options.perSecond + 1e-6);
    }),
  );
});

test('a flood of addresses does not grow the memory, and forgets the one silent longest', () => {
  const limit = createRateLimit(options);
  for (let i = 0; i < 20; i++) limit.take('spent', 0);
  for (let i = 0; i < 99; i++) limit.take(`flood ${i}`, 0);
  expect(limit.take('spent', 0).allowed).toBe(false);
  for (let i = 0; i < 10_000; i++) limit.take(`more ${i}`, 0);
  expect(limit.clients).toBe(100);
});
