// What these pages promise, held against the code: every dimension and dependency has its place, every test they name is
// there, every command can be typed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { main } from '../cli/main.ts';
import { configNames } from '../core/config.ts';
import { dependencies } from '../core/telemetry/metrics/limits.ts';
import { switchDimensions } from '../core/telemetry/metrics/switches.ts';
import { metrics } from '../core/telemetry/metrics.ts';

const here = import.meta.dirname;
const root = join(here, '..');
const read = (name: string) => readFileSync(join(here, name), 'utf8');
const pages = ['kill-switches.md', 'degradation.md'] as const;

const sectionsOf = (page: string) =>
  new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text]),
  );

/** `file`: "a test" and "another", as the pages name them. */
function testsIn(text: string): { readonly file: string; readonly name: string }[] {
  return [...text.matchAll(/`([\w./-]+\.test\.ts)`: ((?:"[^"]+"(?: and )?)+)/g)].flatMap(([, file, names]) =>
    [...names!.matchAll(/"([^"]+)"/g)].map(([, name]) => ({ file: file!, name: name! })),
  );
}
const isThere = ({ file, name }: { readonly file: string; readonly name: string }) =>
  existsSync(join(root, file)) && readFileSync(join(root, file), 'utf8').includes(`test('${name}'`);

const codeIn = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
const metricNames = new Set<string>(metrics.map(({ name }) => name));
const looksLikeMetric = /\b[a-z]+(?:_[a-z]+)+_(?:total|seconds|active|open)\b/g;

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('names tests that are there', () => {
    expect(testsIn(text).length).toBeGreaterThan(3);
    expect(testsIn(text).filter((each) => !isThere(each))).toEqual([]);
    expect(isThere({ file: 'core/checkout/degradation.test.ts', name: 'no such test' })).toBe(false);
  });

  test('names metrics and variables that are there, and links to files that are', () => {
    const code = codeIn(text).join(' ');
    expect(
      [...code.matchAll(looksLikeMetric)].map(([name]) => name).filter((name) => !metricNames.has(name)),
    ).toEqual([]);
    const variables = [...code.matchAll(/\b[A-Z]{2,}(?:_[A-Z]+)+\b/g)].map(([name]) => name);
    expect(variables.filter((name) => !configNames.includes(name))).toEqual([]);
    const links = [...text.matchAll(/\]\(([^)#\s]+)/g)].map((match) => normalize(join(here, match[1]!)));
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });
});

describe('kill switches', () => {
  const sections = sectionsOf(read('kill-switches.md'));
  afterEach(() => void vi.unstubAllEnvs());

  test('every dimension has its section, and no section is without its dimension', () => {
    expect([...sections.keys()].toSorted()).toEqual([...switchDimensions].toSorted());
  });

  test('a runbook that sends somebody to a switch sends them to a section there is', () => {
    const runbooks = join(root, 'alerts', 'runbooks');
    const anchors = readdirSync(runbooks).flatMap((name) =>
      [...readFileSync(join(runbooks, name), 'utf8').matchAll(/kill-switches\.md#(\w+)/g)].map(
        ([, anchor]) => anchor!,
      ),
    );
    expect(anchors).toContain('provider');
    expect(anchors.filter((anchor) => !sections.has(anchor))).toEqual([]);
  });

  test.each([...sections])(
    '%s says what it stops, what is told, how it is checked and which test proves it',
    (_, section) => {
      for (const word of ['Stops', 'Told', 'Check', 'Test']) expect(section).toContain(`**${word}**`);
      expect(testsIn(section)).not.toEqual([]);
    },
  );

  const typed = async (command: string) => {
    vi.stubEnv('SERVICE_TOKEN', 'a-token-for-tests-only');
    const argv = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
    const silent = { out: () => undefined, err: () => undefined, terminal: false };
    return main([...argv.slice(1), '--by', 'ana', '--orders-url', 'http://127.0.0.1:1'], silent);
  };
  const commands = [...sections.values()].flatMap((section) =>
    section.split('\n').filter((line) => line.startsWith('    headroom ')),
  );

  test('every command can be typed as it stands: all that is missing is a shop that answers', async () => {
    expect(commands).toHaveLength(switchDimensions.length);
    for (const command of commands) expect([command, await typed(command.trim())]).toEqual([command, 3]);
    expect(await typed('headroom switch on --planet mars --why "too far"')).toBe(2);
  });
});

describe('degradation', () => {
  const rows = read('degradation.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| Away'));

  test('everything the shop needs has its row, and every row names a test', () => {
    const away = rows.map((row) => row.split('|')[1]!.trim().toLowerCase());
    const below = [
      ...['redis', 'one payment provider', 'every payment provider', 'orders service', 'postgresql'],
      'a row of postgresql that somebody holds',
    ];
    expect(away.toSorted()).toEqual([...below, ...dependencies].toSorted());
    expect(rows.filter((row) => testsIn(row).length === 0)).toEqual([]);
  });

  test('what is answered without its provider is counted under the name the row gives', () => {
    for (const dependency of dependencies)
      expect(
        rows.filter((row) => row.includes(`checkout_degraded_total{dependency="${dependency}"}`)),
      ).toHaveLength(1);
  });
});
