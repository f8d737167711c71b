import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installIntoCache } from './cache.ts';
import { findPart } from './find.ts';
import { k6 } from './k6.ts';
import { prometheus } from './prometheus.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'headroom-find-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** A program that only knows its version. */
function program(directory: string, name: string, says: string): string {
  mkdirSync(join(place, directory), { recursive: true });
  const path = join(place, directory, name);
  writeFileSync(path, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(path, 0o755);
  return path;
}

const search = (env: Record<string, string>) => ({ env, cache: join(place, 'cache') });
const onPath = (...directories: string[]) => directories.map((directory) => join(place, directory)).join(':');

const cacheK6 = (version: string) =>
  installIntoCache(join(place, 'cache'), 'k6', `go-v${version}`, async (directory) => {
    writeFileSync(join(directory, 'k6'), `#!/bin/sh\necho 'k6 v${version}'\n`, { mode: 0o755 });
    return { origin: 'test', binaries: '.', libraries: [] };
  });

describe('where a part is looked for', () => {
  test('what the user names comes before the PATH, the PATH before the cache', async () => {
    const named = program('named', 'k6', 'k6 v1.9.0');
    program('path', 'k6', 'k6 v1.8.5');
    await cacheK6('1.8.1');
    const versions = [
      await findPart(k6, search({ HEADROOM_K6: named, PATH: onPath('path') })),
      await findPart(k6, search({ PATH: onPath('path') })),
      await findPart(k6, search({ PATH: onPath('empty') })),
    ].map((finding) => (finding.kind === 'found' ? finding.part.version : finding.kind));
    expect(versions).toEqual(['1.9.0', '1.8.5', '1.8.1']);
  });

  test('one that is too old is passed over and named', async () => {
    const old = program('old', 'k6', 'k6 v0.49.0');
    program('new', 'k6', 'k6 v2.0.1 (go1.26)');
    const finding = await findPart(k6, search({ PATH: onPath('old', 'new') }));
    expect(finding).toMatchObject({ kind: 'found', part: { version: '2.0.1' } });
    expect(finding.rejected).toEqual([{ path: old, reason: expect.stringContaining('0.49.0 is too old') }]);
  });

  test('one that the user names and that is too old is refused, whatever else is there', async () => {
    const old = program('old', 'k6', 'k6 v0.49.0');
    program('new', 'k6', 'k6 v1.8.1');
    await expect(findPart(k6, search({ HEADROOM_K6: old, PATH: onPath('new') }))).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(/HEADROOM_K6=.*k6 0\.49\.0 is too old, at least 1\.8 is needed/),
    });
  });

  test('a name that leads nowhere is refused', async () => {
    const nowhere = search({ HEADROOM_K6: join(place, 'nowhere') });
    await expect(findPart(k6, nowhere)).rejects.toThrow('there is no such file');
  });

  test('half a part is none: a Prometheus without its promtool', async () => {
    program('half', 'prometheus', 'prometheus, version 3.1.0');
    const env = { PATH: onPath('half') };
    expect((await findPart(prometheus, search(env))).kind).toBe('missing');
    program('half', 'promtool', 'promtool, version 3.1.0');
    expect((await findPart(prometheus, search(env))).kind).toBe('found');
  });

  test('a program that does not run here is passed over', async () => {
    program('broken', 'k6', '');
    const finding = await findPart(k6, search({ PATH: onPath('broken') }));
    expect(finding).toMatchObject({
      kind: 'missing',
      rejected: [{ reason: expect.stringContaining('does not run here') }],
    });
  });
});
