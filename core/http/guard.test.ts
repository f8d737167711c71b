import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGuard } from './guard.ts';
import { createRetryBudget } from './retry-budget.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const bad = () => Promise.resolve('bad');
const good = () => Promise.resolve('good');
const pauseMs = 5_000;

function opened() {
  const states: boolean[] = [];
  const guard = createGuard<string>({
    capacity: 2,
    failed: (value) => value === 'bad',
    onOpen: (open) => states.push(open),
  });
  return { guard, states };
}

async function open() {
  const world = opened();
  for (let i = 0; i < 5; i++) await world.guard.run(bad);
  return world;
}

test('five failures in a row open the breaker, four do not', async () => {
  const { guard, states } = opened();
  for (let i = 0; i < 4; i++) await guard.run(bad);
  expect(guard.claim()).toBe(true);
  await guard.run(bad);
  expect(guard.claim()).toBe(false);
  expect(states).toEqual([true]);
  expect(await guard.run(good)).toEqual({ kind: 'refused', reason: 'breaker_open' });
});

test('half of the last calls failing opens it though no five came in a row; a third does not', async () => {
  const half = opened().guard;
  for (let i = 0; i < 10; i++) await half.run(i % 2 === 0 ? good : bad);
  expect(half.claim()).toBe(false);
  const third = opened().guard;
  for (let i = 0; i < 21; i++) await third.run(i % 3 === 0 ? bad : good);
  expect(third.claim()).toBe(true);
});

test('after the pause one caller is promised the probe, and its success closes the breaker for all', async () => {
  const { guard, states } = await open();
  vi.advanceTimersByTime(pauseMs);
  expect([guard.claim(), guard.claim()]).toEqual([true, false]);
  expect(await guard.run(good)).toEqual({ kind: 'ran', value: 'good' });
  expect(guard.claim()).toBe(true);
  expect(states).toEqual([true, true, false]);
});

test('while the probe is out nobody waits for it, and its failure opens the breaker again', async () => {
  const { guard } = await open();
  vi.advanceTimersByTime(pauseMs);
  let fail = () => {};
  const probe = guard.run(() => new Promise<string>((resolve) => (fail = () => resolve('bad'))));
  expect(await guard.run(good)).toEqual({ kind: 'refused', reason: 'breaker_open' });
  fail();
  expect(await probe).toEqual({ kind: 'ran', value: 'bad' });
  expect(guard.claim()).toBe(false);
});

test('a promised probe that was never sent is promised again', async () => {
  const { guard } = await open();
  vi.advanceTimersByTime(pauseMs);
  expect(guard.claim()).toBe(true);
  vi.advanceTimersByTime(pauseMs);
  expect(guard.claim()).toBe(true);
});

test('the call beyond the capacity is refused at once, and a place that is left is free again', async () => {
  const { guard } = opened();
  let leave = () => {};
  const held = guard.run(() => new Promise<string>((resolve) => (leave = () => resolve('good'))));
  const other = guard.run(good);
  expect(await guard.run(good)).toEqual({ kind: 'refused', reason: 'bulkhead_full' });
  leave();
  await Promise.all([held, other]);
  expect((await guard.run(good)).kind).toBe('ran');
});

test('retries are at most a tenth of the calls, and not all saved up for one storm', () => {
  const budget = createRetryBudget();
  let spent = 0;
  for (let i = 0; i < 100; i++) {
    budget.earn();
    if (budget.spend()) spent += 1;
  }
  expect(spent).toBe(10);
  for (let i = 0; i < 10_000; i++) budget.earn();
  let burst = 0;
  while (budget.spend()) burst += 1;
  expect(burst).toBe(10);
});
