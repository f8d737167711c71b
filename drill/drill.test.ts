// The whole drill by its command, with real parts: one healthy shop, whose ledgers are then doctored in turn, and one
// whose double clicks charge twice. Minutes long, so what a shorter test can show stands elsewhere.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doctorLedger } from '../chaos/ledgers/doctor.ts';
import { packageRoot } from '../stack/places.ts';
import { checks } from './checks.ts';
import { judgeEvidence } from './judge.ts';
import type { VerdictFile } from './verdict-file.ts';

const limitMs = 280_000;
const place = mkdtempSync(join(tmpdir(), 'headroom-drill-'));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function headroom(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['bin/headroom.mjs', ...args], {
    cwd: packageRoot,
    env: { ...process.env, HEADROOM_STATE: join(place, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

async function drill(...args: string[]): Promise<Ended & { verdict: VerdictFile; dir: string }> {
  const ended = await headroom('drill', '--short', '--json', '--out', place, ...args);
  if (!ended.out.startsWith('{')) throw new Error(`the drill gave no verdict: ${ended.err}`);
  const verdict = JSON.parse(ended.out) as VerdictFile;
  return { ...ended, verdict, dir: join(place, verdict.run_id) };
}

const first = (verdict: VerdictFile) => verdict.reasons[0];
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('a healthy shop', () => {
  let healthy: Awaited<ReturnType<typeof drill>>;
  beforeAll(async () => {
    healthy = await drill();
  }, limitMs);

  test('is go, or on a machine too slow to tell, undecided for that reason; never red', () => {
    const { verdict, code } = healthy;
    expect(code, JSON.stringify(verdict.reasons, null, 1)).not.toBe(1);
    expect(code).toBe(verdict.exit_code);
    if (code !== 0) expect(['validity', 'evidence']).toContain(first(verdict)!.kind);
  });

  test('loses no money, no stock, no order and no mail, whatever the machine', () => {
    const invariants = healthy.verdict.checks.filter((check) => check.kind === 'invariant');
    expect(invariants.filter((check) => check.status !== 'pass')).toEqual([]);
    expect(invariants).toHaveLength(Object.values(checks).filter((kind) => kind === 'invariant').length);
  });

  test('names no shopper by an e-mail address, in any file of its evidence or report', () => {
    const holding = (text: string) =>
      readdirSync(healthy.dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((file) => readFileSync(file, 'latin1').includes(text));
    expect(holding('@shop.example')).toEqual([]);
    // And the search reads what is there.
    expect(holding(healthy.verdict.run_id)).toContain(join(healthy.dir, 'verdict.json'));
  });

  test('leaves evidence that proves its own verdict, and the newest is called latest', async () => {
    expect(readlinkSync(join(place, 'latest'))).toBe(healthy.verdict.run_id);
    expect((await headroom('verify', join(place, 'latest'))).code).toBe(0);
  });

  test('with one row of its evidence edited by hand is found out, by the name of the file', async () => {
    const edited = join(place, 'edited');
    cpSync(healthy.dir, edited, { recursive: true });
    appendFileSync(join(edited, 'alerts.ndjson'), '{}\n');
    const { code, err, out } = await headroom('verify', edited);
    expect(code).toBe(1);
    expect(err + out).toContain('alerts.ndjson');
  });

  test.each(['shoppers', 'providers', 'database', 'mailbox'] as const)(
    'with one row of its %s ledger changed is no-go for exactly that',
    async (ledger) => {
      const doctored = join(place, `doctored-${ledger}`);
      cpSync(healthy.dir, doctored, { recursive: true });
      await doctorLedger(doctored, ledger);
      const { verdict } = await judgeEvidence(doctored);
      expect(first(verdict)?.check).toBe(`ledger-${ledger}`);
      expect(verdict.verdict).toBe('no-go');
    },
  );
});

describe('a broken shop is red on any machine, for its own reason', () => {
  test(
    'a double click that makes two orders',
    async () => {
      const { code, verdict } = await drill('--sabotage', 'lost-idempotency-key');
      expect(first(verdict)?.check).toBe('double-charge');
      expect(code).toBe(1);
    },
    limitMs,
  );
});
