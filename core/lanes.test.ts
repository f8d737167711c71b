import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLanes } from './lanes.ts';

interface Job {
  readonly keys: readonly string[];
  readonly name: string;
}

/** A worker that holds every batch until it is let go. */
function held() {
  const batches: string[][] = [];
  const gates: (() => void)[] = [];
  const run = async (batch: readonly Job[]) => {
    batches.push(batch.map(({ name }) => name));
    await new Promise<void>((open) => gates.push(open));
    return batch.map(
      ({ name }): PromiseSettledResult<string> =>
        name.startsWith('bad')
          ? { status: 'rejected', reason: new Error(name) }
          : { status: 'fulfilled', value: name },
    );
  };
  const release = async () => {
    gates.splice(0).forEach((open) => void open());
    await turn();
  };
  return { batches, run, release };
}
const jobs = (max: number, waitMs = 0) => {
  const { batches, run, release } = held();
  const lanes = createLanes({ max, waitMs }, ({ keys }: Job) => keys, run);
  return { batches, release, add: (name: string, ...keys: string[]) => lanes({ name, keys }) };
};

test('alone it starts at once; those that arrive meanwhile are the next batch, in order of arrival and no larger than the cap', async () => {
  const { add, batches, release } = jobs(3);
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => add(name, 'hot'));
  expect(batches).toEqual([['a']]);
  await release();
  expect(batches).toEqual([['a'], ['b', 'c', 'd']]);
  await release();
  await release();
  expect(batches).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('what wants another article does not wait', async () => {
  const { add, batches, release } = jobs(8);
  const all = [add('a', 'mug'), add('b', 'lamp')];
  expect(batches).toEqual([['a'], ['b']]);
  await release();
  await Promise.all(all);
});

test('a cart of several articles queues for the one most wanted', async () => {
  const { add, batches, release } = jobs(8);
  const all = [add('a', 'hot', 'x'), add('b', 'y', 'hot'), add('c', 'z')];
  expect(batches).toEqual([['a'], ['c']]);
  await release();
  expect(batches).toEqual([['a'], ['c'], ['b']]);
  await release();
  await Promise.all(all);
});

test('one that fails fails alone, and a batch that could not be run fails those in it only', async () => {
  const { add, release } = jobs(8);
  const first = add('a', 'hot');
  const results = Promise.allSettled([add('bad one', 'hot'), add('c', 'hot')]);
  await release();
  await release();
  expect(await first).toBe('a');
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);

  const broken = createLanes<Job, string>(
    { max: 8, waitMs: 0 },
    ({ keys }) => keys,
    async () => {
      throw new Error('away');
    },
  );
  await expect(broken({ name: 'a', keys: ['hot'] })).rejects.toThrow('away');
  await expect(broken({ name: 'b', keys: ['hot'] })).rejects.toThrow('away');
});

test('with a cap of one, lanes are off: each runs by itself and none waits', async () => {
  const { add, batches, release } = jobs(1);
  const all = ['a', 'b'].map((name) => add(name, 'hot'));
  expect(batches).toEqual([['a'], ['b']]);
  await release();
  expect(await Promise.all(all)).toEqual(['a', 'b']);
});
