import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { healthyFacts, writeFacts } from '../drill/evidence.fixture.ts';
import { finish } from '../drill/finish.ts';
import type { Io } from './cli.ts';
import { exitCodeOf } from './exit-codes.ts';
import { main } from './main.ts';

async function headroom(...argv: string[]) {
  let out = '';
  let err = '';
  const io: Io = { out: (text) => (out += text), err: (text) => (err += text), terminal: false };
  const exitCode = await main(argv, io);
  return { exitCode, out, err };
}

const verbs = [
  'doctor',
  'up',
  'down',
  'drill',
  'record',
  'gate',
  'verify',
  'crash',
  'bench',
  'switch',
  'alerts',
  'dlq',
  'queue',
];

describe('the command', () => {
  test.each(verbs)('%s --help shows an example, knows --json and exits 0', async (name) => {
    const { exitCode, out } = await headroom(name, '--help');
    expect(exitCode).toBe(0);
    expect(out).toContain(`Example:\n  headroom ${name}`);
    expect(out).toContain('--json');
  });

  test('a bare headroom shows the verbs and is a usage error', async () => {
    const { exitCode, err } = await headroom();
    expect(exitCode).toBe(2);
    for (const name of verbs) expect(err).toContain(`  ${name}`);
  });

  test('an unknown command is refused with the nearest right one', async () => {
    const { exitCode, err } = await headroom('dril');
    expect(exitCode).toBe(2);
    expect(err).toContain('Did you mean drill?');
  });

  test('an unknown flag is refused with the nearest right one', async () => {
    const { exitCode, err } = await headroom('drill', '--shrot');
    expect(exitCode).toBe(2);
    expect(err).toContain('Did you mean --short?');
  });

  test('a word too many is refused, not ignored', async () => {
    expect((await headroom('doctor', 'everything')).exitCode).toBe(2);
  });

  test('a number that is none is refused and named', async () => {
    const { exitCode, err } = await headroom('drill', '--peak', 'many');
    expect(exitCode).toBe(2);
    expect(err).toContain('--peak');
  });

  test('an error of the caller is exit 2 with its message, in JSON too', async () => {
    const { exitCode, out, err } = await headroom(
      ...['record', '/no/such/file.csv', '--from', 'orders-csv', '--map', 'id=A,time=B,country=C'],
      ...['--out', '/no/such/place.json', '--json'],
    );
    expect(exitCode).toBe(2);
    expect(err).toContain('/no/such/file.csv');
    expect(JSON.parse(out)).toMatchObject({ exit_code: 2 });
  });
});

test('the summary of a gate is added to the file that is named, and the exit code is its verdict', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gate-'));
  try {
    const evidence = join(dir, 'run');
    const facts = healthyFacts();
    facts.panels[0]!.live = false;
    await mkdir(evidence);
    await writeFacts(evidence, facts);
    const ledgerFile = join(dir, 'verdicts.ndjson');
    await finish({ dir: evidence, facts: facts.run, sabotage: null, versions: {}, ledgerFile });
    const summary = join(dir, 'summary.md');
    await writeFile(summary, 'said before\n');
    const policy = join(dir, 'policy.yml');
    await writeFile(policy, 'version: 1\n');
    const { exitCode } = await headroom('gate', evidence, '--policy', policy, '--summary', summary);
    expect(exitCode).toBe(1);
    expect(await readFile(summary, 'utf8')).toMatch(/^said before\n# .*No-go.*dashboard-live/s);
    expect((await headroom('gate', evidence, '--summary', evidence)).exitCode).toBe(2);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

describe('exit codes', () => {
  test('an internal error is 70, never the 1 of a no-go', () => {
    expect(exitCodeOf(new TypeError('x is not a function'))).toBe(70);
    expect(exitCodeOf('a thrown string')).toBe(70);
  });

  test('an interrupted command is inconclusive', () => {
    expect(exitCodeOf(new DOMException('stopped', 'AbortError'))).toBe(3);
  });

  test('a usage error of any room is known by its name', () => {
    const foreign = Object.assign(new Error('no such profile'), { name: 'UsageError' });
    expect(exitCodeOf(foreign)).toBe(2);
  });
});
