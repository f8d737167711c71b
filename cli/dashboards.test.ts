// headroom dashboards, by the front door. Whether panels are live is judged in dashboards/live-check.test.ts.
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { writeGenerated } from '../dashboards/generate.ts';
import { rules } from '../dashboards/lint/rules.ts';
import { proofRecords, readProofRecords } from '../drill/proof/record.ts';
import type { Io } from './cli.ts';
import { main } from './main.ts';

let folder: string;
let server: Server;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-dashboards-'));
  vi.stubEnv('HEADROOM_STATE', join(folder, 'state'));
  // A Prometheus that has been running since a moment ago and has scraped nobody.
  server = createServer((_, response) => {
    response.end(JSON.stringify({ status: 'success', data: { result: [] } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function headroom(...argv: string[]) {
  let out = '';
  let err = '';
  const io: Io = { out: (text) => (out += text), err: (text) => (err += text), terminal: false };
  const exitCode = await main(['dashboards', ...argv], io);
  return { exitCode, out, err };
}

test('lint finds nothing, with promtool reading every query', async () => {
  expect(await headroom('lint')).toMatchObject({ exitCode: 0, out: `${rules.length} rules, no findings\n` });
});

test('lint names the file that is not what the code says, be it garbage, edited, gone or nobody’s: exit 1', async () => {
  const written = join(folder, 'written');
  writeGenerated(written);
  const edited = join(written, 'payments.json');
  writeFileSync(join(written, 'verdict.json'), 'garbage');
  writeFileSync(edited, readFileSync(edited, 'utf8').replaceAll('psp-backup', 'psp-third'));
  writeFileSync(join(written, 'inventory.json'), '{"panels":[null]}');
  rmSync(join(written, 'game-day.json'));
  writeFileSync(join(written, 'old.json'), '{}');
  const { exitCode, out } = await headroom('lint', '--against', written);
  expect(exitCode).toBe(1);
  expect(out).toMatch(/^generated: verdict.json is not what the code says: it is no dashboard/m);
  expect(out).toMatch(/^generated: payments.json is not what the code says: payments, panel \d+/m);
  expect(out).toMatch(/^generated: inventory.json is not what the code says: it is no dashboard/m);
  expect(out).toMatch(/^generated: game-day.json is not there/m);
  expect(out).toMatch(/^generated: old.json is of no dashboard/m);
  expect((await headroom('lint', '--against', edited)).exitCode).toBe(2);
});

test('diff says nothing of what is committed, and what would change elsewhere: exit 1', async () => {
  expect(await headroom('diff')).toMatchObject({ exitCode: 0, out: 'nothing changed\n' });
  writeGenerated(folder);
  const file = join(folder, 'verdict.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"Bad orders left"', '"Bad orders"'));
  writeFileSync(join(folder, 'old.json'), '{}');
  const { exitCode, out } = await headroom('diff', '--against', folder);
  expect(exitCode).toBe(1);
  expect(out).toBe('verdict, panel 202 “Bad orders left”: title changed\nold removed\n');
  writeFileSync(join(folder, 'old.json'), '{');
  const malformed = await headroom('diff', '--against', folder);
  expect(malformed).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('old.json cannot be compared'),
  });
  expect((await headroom('diff', '--against', join(folder, 'old.json'))).exitCode).toBe(2);
  expect(writeGenerated(folder).removed).toEqual(['old.json']);
});

test('check of a Prometheus that scraped nobody is dead on every panel but those that wait unborn: exit 1', async () => {
  const { exitCode, out } = await headroom('check', '--prometheus', `${url}/`);
  expect(exitCode).toBe(1);
  expect(out).toMatch(/^dead {2}verdict 101A “Each step of an order”: the query returned no number/);
  expect(out).toMatch(/\n0 queries live, \d+ wait for their event, [12]\d\d dead\n$/);
  // Nobody was scraped: that says nothing of a panel, and is not held against one.
  expect(await readProofRecords(proofRecords(join(folder, 'state')))).toEqual([]);
});

test('check without an answer leaves it open: exit 3; without a URL it is a usage error', async () => {
  const nobody = await headroom('check', '--prometheus', 'http://127.0.0.1:1');
  expect(nobody.exitCode).toBe(3);
  expect(nobody.err).toContain('did not answer');
  expect((await headroom('check', '--prometheus', 'prometheus')).exitCode).toBe(2);
  expect((await headroom('check')).exitCode).toBe(2);
});
