// How a drill ends when something ends before it: with everything stopped, and with the name of what ended.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProcess } from '../stack/process.ts';
import { openRun, type Run } from '../stack/run.ts';
import { type Death, watchForDeaths } from './deaths.ts';
import { openStops } from './stops.ts';

let state: string;
let run: Run;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'endings-'));
  run = await openRun({
    stateDirectory: state,
    progress: { phase: () => {}, note: () => {}, status: () => {} },
  });
});
afterEach(async () => {
  await run.stop();
  await rm(state, { recursive: true, force: true });
});

const start = (name: string) =>
  startProcess(run, {
    ...{ name, url: '', version: '1', ready: async () => true as const },
    command: process.execPath,
    args: ['-e', 'setInterval(() => {}, 1000)'],
  });

test('a process that dies during the run ends it, by its name; the ones that follow change nothing', async () => {
  const deaths: Death[] = [];
  const [workers, orders] = [await start('workers'), await start('orders')];
  const watch = watchForDeaths([orders, workers], (death) => deaths.push(death));
  expect(watch.signal.aborted).toBe(false);
  await workers.kill();
  if (!watch.signal.aborted) await once(watch.signal, 'abort');
  await orders.kill();
  expect(watch.death()).toEqual(deaths[0]);
  expect(deaths).toMatchObject([{ name: 'workers', reason: expect.stringContaining('SIGKILL') }]);
});

test('processes that are told to end end nothing', async () => {
  const workers = await start('workers');
  const watch = watchForDeaths([workers], () => expect.fail('it was told to'));
  watch.expectEnds();
  await workers.stop();
  expect(watch.death()).toBeNull();
  expect(watch.signal.aborted).toBe(false);
});

test('a stop that throws is a note and a failure, and the others are stopped all the same, newest first', async () => {
  const stopped: string[] = [];
  const notes: string[] = [];
  const stops = openStops((line) => notes.push(line));
  stops.add('the first', async () => stopped.push('first'));
  stops.add('the second', () => Promise.reject(new Error('its disk is full')));
  stops.add('the third', async () => stopped.push('third'));
  const failures = await stops.stopAll();
  expect(stopped).toEqual(['third', 'first']);
  expect(notes).toEqual(['the second did not stop in order: its disk is full']);
  expect(failures.map((failure) => failure.message)).toEqual(notes);
  expect(await stops.stopAll()).toEqual([]);
});
