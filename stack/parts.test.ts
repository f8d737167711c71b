import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packagesIn } from './install-apt.ts';
import { k6 } from './k6.ts';
import { inspectParts, resolvePart, resolveParts } from './parts.ts';
import { quiet } from './progress.ts';
import { redis } from './redis.ts';
import { compareVersions, versionIn } from './version.ts';

let place: string;
let bin: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'headroom-parts-'));
  bin = join(place, 'bin');
  mkdirSync(bin);
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const options = () => ({ progress: quiet, env: { PATH: bin, HOME: place }, cache: join(place, 'cache') });

/** A `go` that "builds" a k6 after a while and keeps count. */
function fakeGo(k6Version: string) {
  const script = `#!/bin/sh
if [ "$1" = version ]; then echo go1.26; exit 0; fi
echo "$2" >> '${place}/builds'
/bin/sleep 0.3
printf '#!/bin/sh\\necho k6 v${k6Version}\\n' > "$GOBIN/k6"
/bin/chmod 755 "$GOBIN/k6"
`;
  writeFileSync(join(bin, 'go'), script, { mode: 0o755 });
}

describe('getting a part', () => {
  test('a part that cannot be had is one error that names it and every way to get it', async () => {
    const error = await resolvePart(redis, options()).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'UsageError' });
    const { message } = error as Error;
    for (const way of ['Redis 6.2', 'HEADROOM_REDIS', 'apt-get install redis-server', 'brew install redis'])
      expect(message).toContain(way);
    expect(message).toContain('image redis:7');
  });

  test('several that cannot be had are named together', async () => {
    const error = await resolveParts(options()).catch((thrown: Error) => thrown);
    expect((error as Error).message).toMatch(/k6 1\.8[\s\S]*Redis 6\.2[\s\S]*Alertmanager 0\.25/);
  });

  test('two runs that need the same part build it once', async () => {
    fakeGo('1.8.1');
    const both = await Promise.all([resolvePart(k6, options()), resolvePart(k6, options())]);
    expect(both.map((part) => part.version)).toEqual(['1.8.1', '1.8.1']);
    expect(readFileSync(join(place, 'builds'), 'utf8')).toBe('go.k6.io/k6@v1.8.1\n');
  });

  test('a build that fails leaves nothing half-written and says why', async () => {
    writeFileSync(join(bin, 'go'), '#!/bin/sh\n[ "$1" = version ] || { echo no network >&2; exit 1; }\n', {
      mode: 0o755,
    });
    await expect(resolvePart(k6, options())).rejects.toThrow(/tried: go install: no network/);
    expect(readdirSync(join(place, 'cache'))).toEqual([]);
  });

  test('the lock of an installer that was killed is taken over', async () => {
    fakeGo('1.8.1');
    mkdirSync(join(place, 'cache'));
    writeFileSync(join(place, 'cache', '.k6.lock'), JSON.stringify({ pid: 999_999_999, started: '1' }));
    expect((await resolvePart(k6, options())).version).toBe('1.8.1');
    expect(existsSync(join(place, 'cache', '.k6.lock'))).toBe(false);
  });

  test('looking installs nothing', async () => {
    fakeGo('1.8.1');
    const inspected = await inspectParts(options());
    expect(inspected.find(({ part }) => part.name === 'k6')?.finding.kind).toBe('missing');
    expect(existsSync(join(place, 'builds'))).toBe(false);
  });
});

test('of the packages a program would bring, those for its web pages are left out', () => {
  const stdout =
    'Inst libjemalloc2 (5.3.0-1 Debian:12 [amd64])\nInst libjs-d3 (3.5 …)\nInst redis-server (5:7 …)\nConf x';
  expect(packagesIn({ stdout })).toEqual(['libjemalloc2', 'redis-server']);
});

test.each([
  ['k6 v1.8.1 (go1.26.8, linux/amd64)', '1.8.1'],
  ['postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', '15.18'],
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0', '7.0.15'],
  ['prometheus, version 2.42.0+ds (branch: debian/sid)', '2.42.0'],
  ['toxiproxy-server version git', null],
])('%s is version %s', (text, version) => expect(versionIn(text)).toBe(version));

test('versions compare as numbers, not as text', () => {
  expect(compareVersions('1.10', '1.9')).toBeGreaterThan(0);
  expect(compareVersions('18', '15.4')).toBeGreaterThan(0);
  expect(compareVersions('2.42.0', '2.42')).toBe(0);
});
