import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exclusively } from './cache.ts';
import { identityOf } from './process-table.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'headroom-cache-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));
const lock = () => join(cache, '.k6.lock');
const install = (act: () => Promise<string>, patienceMs = 5_000) =>
  exclusively(cache, 'k6', AbortSignal.timeout(patienceMs), act);

test('of many who install the same part one is at it at a time, over what a killed one left', async () => {
  const { pid } = spawnSync('true');
  writeFileSync(lock(), JSON.stringify({ id: 'killed', owner: { pid, started: 'before' } }));
  let at = 0;
  let most = 0;
  const act = async () => {
    at += 1;
    most = Math.max(most, at);
    await new Promise((resolve) => setImmediate(resolve));
    at -= 1;
    return 'installed';
  };
  const all = await Promise.all(Array.from({ length: 5 }, () => install(act)));
  expect(all).toEqual(Array(5).fill('installed'));
  expect(most).toBe(1);
  expect(readdirSync(cache)).toEqual([]);
});

test('the empty lock of one who was killed before it wrote does not keep the next waiting', async () => {
  writeFileSync(lock(), '');
  expect(await install(async () => 'installed', 1_000)).toBe('installed');
  expect(existsSync(lock())).toBe(false);
});

test('the lock of one who lives is waited for, and left', async () => {
  writeFileSync(lock(), JSON.stringify({ id: 'other', owner: identityOf(process.pid) }));
  await expect(install(async () => 'installed', 300)).rejects.toThrow(/timeout/);
  expect(existsSync(lock())).toBe(true);
});

test('whoever lost the lock does not take away that of the next', async () => {
  await install(async () => {
    writeFileSync(lock(), JSON.stringify({ id: 'next', owner: identityOf(process.pid) }));
    return 'installed';
  });
  expect(existsSync(lock())).toBe(true);
});
