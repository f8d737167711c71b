// headroom alerts with the real promtool and amtool, on a few small alerts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { proofRecords, readProofRecords } from '../drill/proof/record.ts';
import type { Io } from './cli.ts';
import { main } from './main.ts';

// What is proven here is not put on the record of this clone.
let state: string;
beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'headroom-alerts-'));
  vi.stubEnv('HEADROOM_STATE', state);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true, force: true });
});

async function headroom(...argv: string[]) {
  let out = '';
  let err = '';
  const io: Io = { out: (text) => (out += text), err: (text) => (err += text), terminal: false };
  const exitCode = await main(['alerts', ...argv], io);
  return { exitCode, out, err };
}

describe('headroom alerts', () => {
  test.each(['generate', 'check', 'prove', 'mutate', 'apply', 'drift', 'silence'])(
    '%s --help shows an example',
    async (name) => {
      const { exitCode, out } = await headroom(name, '--help');
      expect(exitCode).toBe(0);
      expect(out).toContain(`Example:\n  headroom alerts ${name}`);
      expect(out).toContain('--json');
    },
  );

  test('generate changes nothing when nothing is stale, and says how long it took', async () => {
    const { exitCode, out } = await headroom('generate', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ written: [], seconds: expect.any(Number) });
  });

  test('check asks ourselves, promtool, amtool, pint and two schemas', async () => {
    const { exitCode, out } = await headroom('check');
    expect(out).not.toContain('FAIL');
    expect(out.match(/^ok {4}/gm)).toHaveLength(6);
    expect(exitCode).toBe(0);
  });

  test('prove and mutate one alert: 0, with the figures', async () => {
    const proven = await headroom('prove', '--only', 'DoubleCharge', '--json');
    expect(JSON.parse(proven.out)).toMatchObject({
      failures: [],
      alerts: [{ name: 'DoubleCharge', cases: 2 }],
    });
    expect(proven.exitCode).toBe(0);
    const hunted = await headroom('mutate', '--only', 'DoubleCharge');
    expect(hunted.out).toMatch(/^8 mutants: \d caught, 0 survive/);
    expect(hunted.exitCode).toBe(0);
    const records = await readProofRecords(proofRecords(state));
    const alert = { kind: 'alert', name: 'DoubleCharge', outcome: 'proven' };
    expect(records).toMatchObject([
      { command: 'alerts prove', subjects: [alert, { ...alert, kind: 'runbook' }] },
      { command: 'alerts mutate', subjects: [alert] },
    ]);
  });

  test('a name that no alert has is a usage error that says which there are', async () => {
    const { exitCode, err } = await headroom('prove', '--only', 'TripleCharge');
    expect(exitCode).toBe(2);
    expect(err).toContain('DoubleCharge');
  });

  test('a server that cannot be asked is neither a drift nor none, and what must never be is not silenced', async () => {
    const nobody = 'http://127.0.0.1:9';
    const drift = await headroom('drift', '--prometheus', nobody);
    expect(drift).toMatchObject({ exitCode: 2, out: '' });
    expect(drift.err).toContain('does not answer');
    const why = ['--why', 'game day', '--by', 'test', '--alertmanager', nobody];
    const silenced = await headroom('silence', '--alert', 'DoubleCharge', ...why);
    expect(silenced.exitCode).toBe(2);
    expect(silenced.err).toContain('never silenced');
    expect((await headroom('silence', '--experiment', 'teleport', ...why)).err).toContain('provider-timeout');
    expect((await headroom('apply', '--rules-file', 'r.yml', '--webhook', nobody)).exitCode).toBe(2);
  });
});
