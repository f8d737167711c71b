import { afterEach, expect, test, vi } from 'vitest';
import { createRemembered } from './remembered.ts';

afterEach(() => void vi.restoreAllMocks());

test('an answer is found up to the age its reader allows', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const remembered = createRemembered<number>(10);
  remembered.keep('GB', 395);
  clock.mockReturnValue(1_000);
  expect([remembered.find('GB', 1_000), remembered.find('GB', 999)]).toEqual([395, null]);
  expect(remembered.find('FR', 1_000)).toBeNull();
});

test('however many are kept, only so many are remembered: the oldest is forgotten, the one told again is not', () => {
  const remembered = createRemembered<number>(3);
  for (const key of ['a', 'b', 'c']) remembered.keep(key, 1);
  remembered.keep('a', 2);
  remembered.keep('d', 1);
  const found = ['a', 'b', 'c', 'd'].map((key) => remembered.find(key, 60_000));
  expect(found).toEqual([2, null, 1, 1]);
});
