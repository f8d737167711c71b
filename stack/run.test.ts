import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endRun } from './down.ts';
import { identityOf, rowOf } from './process-table.ts';
import { quiet } from './progress.ts';
import { openRun } from './run.ts';
import { until } from './until.ts';

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'headroom-run-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const alive = (pid: number) => rowOf(pid) !== null;
const gone = (pid: number) => until(`${pid} is gone`, () => (alive(pid) ? null : true), { withinMs: 5_000 });

/** Another process with a run of its own: real PostgreSQL, real Redis. */
async function heldRun() {
  const fixture = join(import.meta.dirname, 'held-run.fixture.ts');
  const child = spawn(process.execPath, ['--import', 'tsx/esm', fixture, state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    return { child, ...(JSON.parse(line) as { id: string; pids: number[] }) };
  }
  throw new Error('the held run ended before it said anything');
}

describe('one run at a time', () => {
  test('kill -9 leaves parts behind; the next run says so, ends them and clears their data', async () => {
    const held = await heldRun();
    held.child.kill('SIGKILL');
    await gone(held.child.pid!);
    expect(held.pids.map(alive)).toEqual([true, true]);
    const notes: string[] = [];
    const run = await openRun({
      stateDirectory: state,
      progress: { ...quiet, note: (line) => notes.push(line) },
    });
    expect(held.pids.map(alive)).toEqual([false, false]);
    expect(notes.join()).toMatch(new RegExp(`after run ${held.id}.*redis.*postgres|postgres.*redis`));
    expect(existsSync(join(state, 'run', held.id))).toBe(false);
    await run.stop();
    expect(readdirSync(join(state, 'run'))).toEqual([]);
  });

  test('a second run is refused while the first lives, and touches nothing of it', async () => {
    const run = await openRun({ stateDirectory: state, progress: quiet });
    await expect(openRun({ stateDirectory: state, progress: quiet })).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(`another run is going here (${run.id}, pid ${process.pid})`),
    });
    await run.stop();
    const next = await openRun({ stateDirectory: state, progress: quiet });
    await next.stop();
  });

  test('down ends a run from outside, with everything it started', async () => {
    const held = await heldRun();
    const { stopped } = await endRun(state, quiet);
    expect(stopped).toBe(held.id);
    expect([held.child.pid!, ...held.pids].map(alive)).toEqual([false, false, false]);
    expect(await endRun(state, quiet)).toEqual({ stopped: null, cleared: [] });
  });

  test('a process that was given the pid of a dead part is left alone', async () => {
    const innocent = spawn('sleep', ['60'], { detached: true });
    const directory = join(state, 'run', 'long-ago');
    mkdirSync(directory, { recursive: true });
    const record = {
      id: 'long-ago',
      owner: { pid: process.pid, started: 'before' },
      children: [{ name: 'redis', pid: innocent.pid, started: 'before' }],
      elsewhere: [],
    };
    writeFileSync(join(directory, 'pids.json'), JSON.stringify(record));
    const run = await openRun({ stateDirectory: state, progress: quiet });
    expect(existsSync(directory)).toBe(false);
    expect(identityOf(innocent.pid!)).not.toBeNull();
    innocent.kill('SIGKILL');
    await run.stop();
  });
});
