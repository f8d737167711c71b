import { spawnSync } from 'node:child_process';
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
