import { once } from 'node:events';
import { expect, test } from 'vitest';
import { together } from './together.ts';

/** Ends a while after it was told to, as k6 does. */
async function untilAborted(signal: AbortSignal, ended: string[], name: string): Promise<string> {
  if (!signal.aborted) await once(signal, 'abort');
  await new Promise((resolve) => setImmediate(resolve));
  ended.push(name);
  return name;
}
const calm = new AbortController().signal;

test('a game day that throws ends the load, and is not over before the load is', async () => {
  const ended: string[] = [];
  const both = together(
    calm,
    (signal) => untilAborted(signal, ended, 'load'),
    async () => {
      throw new Error('the lab is gone');
    },
  );
  await expect(both).rejects.toThrow('the lab is gone');
  expect(ended).toEqual(['load']);
});

test('a load that throws ends the game day, so that its faults are undone', async () => {
  const ended: string[] = [];
  const both = together(
    calm,
    async () => {
      throw new Error('k6 ended with 107');
    },
    async (signal) => void (await untilAborted(signal, ended, 'game day')),
  );
  await expect(both).rejects.toThrow('k6 ended with 107');
  expect(ended).toEqual(['game day']);
});

test('when both come to their end, the result is what the load measured', async () => {
  expect(
    await together(
      calm,
      async () => 'measured',
      async () => undefined,
    ),
  ).toBe('measured');
});
