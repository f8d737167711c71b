import { expect, test } from 'vitest';
import { batched } from './batched.ts';

/** A statement that takes until it is let go. */
function slowly() {
  const batches: number[][] = [];
  const waiting: ((error?: Error) => void)[] = [];
  const work = (items: readonly number[]) => {
    batches.push([...items]);
    return new Promise<void>((resolve, reject) =>
      waiting.push((error) => (error === undefined ? resolve() : reject(error))),
    );
  };
  const next = async (error?: Error) => {
    waiting.shift()!(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { batches, work, next };
}

test('the first goes at once, whoever comes meanwhile goes together, and nobody is left behind', async () => {
  const { batches, work, next } = slowly();
  const call = batched({ limit: 3 }, work);
  const calls = [1, 2, 3, 4, 5].map((item) => call(item));
  expect(batches).toEqual([[1]]);
  await next();
  await next();
  await next();
  await Promise.all(calls);
  expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  const later = call(6);
  await next();
  await later;
  expect(batches.at(-1)).toEqual([6]);
});

test('a batch that fails fails for those in it, and the next goes on', async () => {
  const { work, next } = slowly();
  const call = batched({ limit: 2 }, work);
  const calls = Promise.allSettled([1, 2, 3, 4].map((item) => call(item)));
  await next();
  await next(new Error('no such table'));
  await next();
  expect((await calls).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
});

test('a full batch need not wait for the one before; less than that waits, and is left behind by nobody', async () => {
  const { batches, work, next } = slowly();
  const call = batched({ limit: 2, atOnce: 2 }, work);
  const calls = [1, 2, 3, 4, 5, 6].map((item) => call(item));
  // Two at once, and no more.
  expect(batches).toEqual([[1], [2, 3]]);
  await next();
  expect(batches.at(-1)).toEqual([4, 5]);
  // Whoever ends first leaves the rest to the other.
  await next();
  expect(batches).toHaveLength(3);
  await next();
  expect(batches.at(-1)).toEqual([6]);
  await next();
  await Promise.all(calls);
});
