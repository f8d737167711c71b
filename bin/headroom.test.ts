import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('a clone without its dependencies says how to get them, as a usage error', () => {
  const clone = mkdtempSync(join(tmpdir(), 'headroom-clone-'));
  try {
    cpSync(import.meta.dirname, join(clone, 'bin'), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, [join(clone, 'bin', 'headroom.mjs'), 'doctor'], {
      encoding: 'utf8',
      cwd: clone,
    });
    expect(stderr).toContain('npm ci');
    expect(status).toBe(2);
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
});

test('the installed command answers through tsx with the exit code of its verb', () => {
  const command = join(import.meta.dirname, 'headroom.mjs');
  const { status, stderr } = spawnSync(process.execPath, [command, 'drill', '--sabotage', 'no-such-bug'], {
    encoding: 'utf8',
  });
  expect(stderr).toContain('there is no sabotage no-such-bug');
  expect(status).toBe(2);
});

test.each([
  ['an error nobody caught', 'throw new Error("planted")'],
  ['a promise nobody awaited', 'Promise.reject(new Error("planted"))'],
])('%s is an internal error with its message, never the 1 of a no-go', (_, act) => {
  const plant = `data:text/javascript,process.once('beforeExit', () => { ${act} })`;
  const command = join(import.meta.dirname, 'headroom.mjs');
  const { status, stderr } = spawnSync(process.execPath, ['--import', plant, command, '--help'], {
    encoding: 'utf8',
  });
  expect(stderr).toContain('planted');
  expect(status).toBe(70);
});

test('a reader that goes away before the answer changes nothing of the exit code', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'headroom.mjs'), 'gate', '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(err).toBe('');
  expect(code).toBe(0);
});
