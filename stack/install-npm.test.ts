import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findPart } from './find.ts';
import { install } from './install.ts';
import { postgres, startPostgres } from './postgres.ts';
import { quiet } from './progress.ts';
import { openRun } from './run.ts';

// What a bare machine does: nothing on the PATH, a cache below a home that no other account may enter.
const bare = { ...postgres, versionedDirectories: { parent: '/nonexistent', below: 'bin' } };

test('the PostgreSQL that npm brings starts, as root too, with its links made', async () => {
  const home = mkdtempSync(join(tmpdir(), 'headroom-npm-'));
  chmodSync(home, 0o700);
  const cache = join(home, 'cache');
  const env = { PATH: '/nonexistent' };
  const run = await openRun({ stateDirectory: join(home, 'state'), progress: quiet });
  try {
    const outcome = await install(bare, bare.sources[0]!, { env, cache, progress: quiet, signal: undefined });
    expect(outcome).toEqual({ kind: 'installed' });
    const finding = await findPart(bare, { env, cache });
    if (finding.kind !== 'found') throw new Error(JSON.stringify(finding));
    expect(finding.part.version).toMatch(/^18\./);
    const running = await startPostgres(run, finding.part, cache);
    expect(running.url).toContain('/headroom');
    await running.stop();
  } finally {
    await run.stop();
    rmSync(home, { recursive: true, force: true });
  }
}, 60_000);
