// headroom alerts with the real promtool and amtool, on a few small alerts.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

  test('generate --to writes links and receivers of somebody else, and the committed files stay as they are', async () => {
    const [to, receivers] = [join(state, 'rules'), join(state, 'receivers.yml')];
    const told = {
      checkout: 'c',
      payments: 'p',
      orders: 'o',
      platform: 'l',
      communication: 'x',
      watchdog: 'w',
    };
    const url = (host: string) => `https://${host}.example/hook`;
    const content = Object.entries(told).map(([name, host]) => `${name}: ${url(host)}\n`);
    writeFileSync(receivers, content.join(''));
    vi.stubEnv('HEADROOM_DASHBOARDS_URL', 'https://grafana.example/');
    const own = ['--runbooks', 'https://runbooks.example', '--receivers', receivers];
    const { exitCode } = await headroom('generate', '--to', to, ...own);
    const plain = await headroom('generate', '--json');
    vi.stubEnv('HEADROOM_DASHBOARDS_URL', undefined);
    expect(exitCode).toBe(0);
    expect(JSON.parse(plain.out)).toMatchObject({ written: [] });
    const rules = readFileSync(join(to, 'rules.yml'), 'utf8');
    expect(rules).toContain('runbook_url: https://runbooks.example/DoubleCharge.md');
    expect(rules).toContain('dashboard_url: https://grafana.example/d/');
    const routing = readFileSync(join(to, 'alertmanager.yml'), 'utf8');
    for (const host of Object.values(told)) expect(routing).toContain(url(host));

    const refused = await headroom('generate', ...own);
    expect(refused).toMatchObject({ exitCode: 2, err: expect.stringContaining('--to') });
    expect((await headroom('generate', '--to', receivers, ...own)).exitCode).toBe(2);
    expect((await headroom('generate', '--to', to, '--runbooks', 'runbooks')).err).toContain('Write a URL');
    writeFileSync(
      receivers,
      `${content.slice(1).join('')}pager: nobody\norders: { pages: mailto:x@y }\n`.replace(
        /^orders: h.*\n/m,
        '',
      ),
    );
    const { err } = await headroom('generate', '--to', to, ...own);
    for (const said of [
      'checkout is missing',
      'no receiver pager',
      'orders must be a URL, or have one for pages',
    ])
      expect(err).toContain(said);
    expect((await headroom('generate', '--to', to, '--receivers', 'nowhere.yml')).err).toContain(
      'cannot be read',
    );
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
    expect(hunted.out).toMatch(/^9 mutants: \d caught, 0 survive/);
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

  test('Ctrl-C ends promtool too: what it did not answer is interrupted and no error of ours', async () => {
    const [stub, asked, go] = ['promtool', 'asked', 'go'].map((name) => join(state, 'stub', name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(dirname(stub));
    const script = (name: string) =>
      [
        '#!/bin/sh',
        `[ "$1" = --version ] && echo "${name}, version 2.42.0" && exit 0`,
        `touch ${asked}; until [ -e ${go} ]; do sleep 0.05; done; kill -INT $$`,
      ].join('\n');
    for (const name of ['promtool', 'prometheus']) {
      writeFileSync(join(dirname(stub), name), script(name));
      chmodSync(join(dirname(stub), name), 0o755);
    }
    vi.stubEnv('HEADROOM_PROMETHEUS', dirname(stub));
    const proven = headroom('prove', '--only', 'DoubleCharge');
    await vi.waitFor(() => expect(existsSync(asked)).toBe(true), { timeout: 60_000 });
    process.emit('SIGINT');
    writeFileSync(go, '');
    expect(await proven).toMatchObject({ exitCode: 3, err: expect.stringContaining('nothing was proven') });
    vi.stubEnv('HEADROOM_PROMETHEUS', undefined);
  }, 90_000);

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
    expect((await headroom('silence', '--alert', 'RedisAway', ...why)).err).toContain('does not answer');
    expect((await headroom('apply', '--rules-file', 'r.yml', '--webhook', nobody)).exitCode).toBe(2);
    const lost = await headroom('apply', '--rules-file', join(state, 'no', 'such', 'r.yml'));
    expect(lost).toMatchObject({ exitCode: 2, err: expect.stringContaining('cannot be written') });
  });
});
