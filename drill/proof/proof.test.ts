// The page of proof, beside its failing twins: what was edited, changed, broken or never done proves nothing.
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { main } from '../../cli/main.ts';
import { targetsOf } from '../../dashboards/targets.ts';
import { resolvePart } from '../../stack/parts.ts';
import { quiet } from '../../stack/progress.ts';
import { prometheus } from '../../stack/prometheus.ts';
import type { Facts } from '../evidence.fixture.ts';
import { files, manifest, readFacts, sha256Of, writeJson } from '../evidence.ts';
import { renderProof } from './page.ts';
import { drilled, type Ground, ground, type Kept } from './proof.fixture.ts';
import { gatherProof, type Proof, unproven } from './proof.ts';
import { readRunbooks } from './read-runbooks.ts';
import { proofRecords, provedByCheck, provedByPromtool, recordProof } from './record.ts';
import type { Kind, Subject } from './subject.ts';
import { proofText } from './words.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'proof-'));
  [healthy, planted] = [await made('healthy'), await made('planted')];
  await drilled(healthy, 'run-1');
  await drilled(planted, 'run-1', plantEverything);
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true }));

let healthy: Ground;
let planted: Ground;
const made = (name: string, like?: Ground) => ground(root, name, like);

const live = 'verdict 101A';
const panelsOf = ({ panels }: Facts, uid: string) => panels.filter(({ dashboard }) => dashboard === uid);
const page = 'CheckoutAvailabilityBurn.page-fast';

/** One thing of each kind goes wrong. */
function plantEverything(facts: Facts, kept: Kept) {
  const [timeouts] = facts.experiments[0]!.expected;
  timeouts!.budget_seconds = 2;
  facts.alerts.unshift({ ...facts.alerts[1]!, name: 'OutboxStalled', received_ms: facts.run.started_ms });
  const record = 'record: slo:error_ratio:rate5m';
  kept.rules = kept.rules.replace(`${record}\n        expr: `, `${record}\n        expr: 2 * `);
  expect(kept.rules).toContain('expr: 2 * ');
  Object.assign(panelsOf(facts, 'verdict')[0]!, { live: false, waiting: true });
  Object.assign(panelsOf(facts, 'payments')[0]!, { live: false });
  const orders = kept.dashboards.get('orders-and-pipeline.json')!;
  const expr = targetsOf(JSON.parse(orders))[0]!.expr;
  kept.dashboards.set(
    'orders-and-pipeline.json',
    orders.replace(JSON.stringify(expr), JSON.stringify(`0 + ${expr}`)),
  );
}

const subjectIn = ({ subjects }: Proof, kind: Kind, name: string): Subject =>
  subjects.find((one) => one.kind === kind && one.name === name)!;
const subject = async (of: Ground, kind: Kind, name: string) => subjectIn(await gatherProof(of), kind, name);
const firstOf = (proof: Proof, dashboard: string) =>
  proof.subjects
    .filter(({ kind, name }) => kind === 'query' && name.startsWith(`${dashboard} `))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))[0]!;

async function edit(path: string, from: string, to: string) {
  const text = await readFile(path, 'utf8');
  expect(text).toContain(from);
  await writeFile(path, text.replace(from, to));
}

test('what a drill showed is proven by it; what nobody saw never was, comes first, and what to type is said', async () => {
  const proof = await gatherProof(healthy);
  expect(proof.runs).toEqual(['run-1']);
  expect(subjectIn(proof, 'alert', page)).toMatchObject({
    ...{ state: 'proven', next: null },
    looks: [{ how: 'fired live', where: 'run-1', detail: 'after 16.8 s, budget 21.5 s, in both-psps-down' }],
  });
  expect(subjectIn(proof, 'alert', 'CheckoutAvailabilityBurn.page-slow').state).toBe('never');
  expect(subjectIn(proof, 'alert', 'Watchdog').looks[0]?.detail).toContain('no experiment promised it');
  expect(subjectIn(proof, 'alert', 'CartBurn.page-fast')).toMatchObject({
    ...{ state: 'never', looks: [], next: 'headroom alerts prove --only CartBurn.page-fast' },
    notes: ['never fired live: no experiment promises it'],
  });
  expect(subjectIn(proof, 'query', live)).toMatchObject({ state: 'proven', looks: [{ where: 'run-1' }] });
  expect(subjectIn(proof, 'runbook', 'PaymentProviderTimeouts').notes.at(-1)).toContain(
    'named by provider-timeout, last in run-1',
  );
  expect(subjectIn(proof, 'check', 'dashboard-live')).toMatchObject({
    ...{ state: 'half', next: 'headroom drill --short --sabotage dead-panel' },
    looks: [{ how: 'seen green', where: 'run-1' }],
  });
  expect(proof.subjects[0]?.state).toBe('never');
  expect(proofText(proof)).toContain(`(${proof.heard_live} heard live)`);
  expect(proof.heard_live).toBe(3);
});

test('the page is one file without a script, and holds every name, the unproven first', async () => {
  const proof = await gatherProof(healthy);
  const text = renderProof(proof);
  expect(text).not.toMatch(/<script|<link|src=/);
  expect(text.indexOf('<code>CartBurn.page-fast</code>')).toBeLessThan(text.indexOf(`<code>${page}</code>`));
  for (const { name } of proof.subjects) expect(text).toContain(`<code>${name}</code>`);
  expect(text).toContain(`<h1>${unproven(proof).length} not proven</h1>`);
});

test('late, out of turn, dead and waiting are not proven; a rule, a recording or a query that is another since is not either', async () => {
  const proof = await gatherProof(planted);
  expect(subjectIn(proof, 'alert', 'PaymentProviderTimeouts')).toMatchObject({
    ...{ state: 'failed', next: 'headroom drill' },
    looks: [{ detail: expect.stringContaining('late: after 6.8 s, budget 2.0 s') }],
  });
  expect(subjectIn(proof, 'alert', 'OutboxStalled').state).toBe('never');
  expect(subjectIn(proof, 'alert', page)).toMatchObject({
    ...{ state: 'changed', next: `headroom alerts prove --only ${page}` },
    looks: [{ same: false, outcome: 'proven' }],
  });
  expect(proofText(proof)).toMatch(new RegExp(`changed since +alert +${page}`));
  expect(subjectIn(proof, 'query', live).state).toBe('idle');
  expect(firstOf(proof, 'payments')).toMatchObject({ state: 'failed', next: 'headroom drill' });
  expect(firstOf(proof, 'orders-and-pipeline').state).toBe('changed');
  // What no drill brings says why, and how else; every other waits for the next drill.
  const beyond = proof.subjects.filter(({ notes }) =>
    notes.some((note) => note.startsWith('no drill brings it')),
  );
  expect(beyond.map(({ kind }) => kind)).toContain('query');
  const byHand = proof.subjects.filter(({ next }) => next?.startsWith('make it happen: '));
  expect(byHand.filter((one) => !beyond.includes(one))).toEqual([]);
});

test('evidence edited by hand proves nothing, and is named', async () => {
  const edited = await made('edited', healthy);
  await edit(join(edited.evidence, 'run-1', files.alerts), 'PaymentProviderTimeouts', 'CartBurn');
  const proof = await gatherProof(edited);
  expect(proof.ignored).toEqual([{ folder: 'run-1', why: 'alerts.ndjson was changed after the run' }]);
  expect(proof.subjects.map(({ state }) => state)).not.toContain('proven');
});

test('sealed again after the edit it proves nothing either, whether this clone remembers the run or not', async () => {
  const forged = await made('forged', healthy);
  const dir = join(forged.evidence, 'run-1');
  await edit(join(dir, files.verdict), '"verdict": "go"', '"verdict": "no-go"');
  const sealed = (await readFacts(dir, files.manifest, manifest))!;
  const hash = await sha256Of(join(dir, files.verdict));
  await writeJson(dir, files.manifest, { ...sealed, files: { ...sealed.files, [files.verdict]: hash } });
  expect((await gatherProof(forged)).ignored[0]?.why).toContain('is not the one that');
  await rm(forged.state, { recursive: true });
  expect((await gatherProof(forged)).ignored[0]?.why).toContain('says no-go, its evidence says go');
});

test('a run cut short, one that is invalid and a folder never sealed prove nothing; no such folder is a usage error', async () => {
  const broken = await made('broken');
  await drilled(broken, 'short', (facts) => {
    facts.run.ended_early = 'interrupted by the operator';
  });
  await drilled(broken, 'starved', (facts) => {
    facts.replay = { ...facts.replay, totals: { ...facts.replay.totals!, dropped: 12 } };
  });
  await mkdir(join(broken.evidence, 'torn'));
  const { runs, ignored } = await gatherProof(broken);
  expect(runs).toEqual([]);
  expect(ignored.map(({ why }) => why)).toEqual([
    'not a whole run: interrupted by the operator',
    'the run itself is not to be trusted: invalid',
    expect.stringContaining('not the evidence of a drill that came to its end'),
  ]);
  const nowhere = { ...broken, evidence: join(root, 'nowhere') };
  await expect(gatherProof(nowhere)).rejects.toThrow('there is no such folder');
});

test('a check is proven by a sabotage that ended as it should, and green; one that missed proves nothing', async () => {
  const sabotaged = await made('sabotaged', healthy);
  const ofCheck = () => subject(sabotaged, 'check', 'dashboard-live');
  await drilled(sabotaged, 'missed', (facts) => {
    facts.run.sabotage = 'dead-panel';
  });
  expect((await ofCheck()).state).toBe('half');
  await drilled(sabotaged, 'red', (facts) => {
    facts.run.sabotage = 'dead-panel';
    facts.panels[0]!.live = false;
  });
  expect((await ofCheck()).state).toBe('proven');
  // The panel that was killed on purpose is not held against the dashboard.
  expect((await subject(sabotaged, 'query', live)).state).toBe('proven');
  await rm(join(sabotaged.evidence, 'red'), { recursive: true });
  expect((await ofCheck()).looks.map(({ detail }) => detail)).toContain('sabotage dead-panel, first reason');
});

test('what the commands left: the newest decides, one of another rule is none, and a line that is no record is refused', async () => {
  const noted = await made('noted', healthy);
  const records = proofRecords(noted.state);
  const answer = (failures: string[]) => ({
    alerts: [{ name: 'DoubleCharge', cases: 2, checks: 22 }],
    failures: failures.map((name) => ({ name, held: false, output: 'FAILED' })),
    seconds: 1,
  });
  const state = async () => (await subject(noted, 'alert', 'DoubleCharge')).state;
  const [proved] = provedByPromtool(answer([]), []);
  await recordProof('alerts prove', [{ ...proved!, sha256: '0'.repeat(64) }], records);
  expect(await state()).toBe('changed');
  await recordProof('alerts prove', [proved!], records);
  expect(await state()).toBe('proven');
  await recordProof('alerts prove', provedByPromtool(answer(['DoubleCharge.2s']), []), records);
  expect(await state()).toBe('failed');

  const panel = { dashboard: 'verdict', panelId: 101, title: '', refId: 'A', detail: 'dead' } as const;
  const dead = (is: 'empty' | 'idle', living: number) =>
    provedByCheck({ panels: [{ ...panel, state: is }], live: living, idle: 0, defects: 1 });
  expect(dead('empty', 0)).toEqual([]);
  await recordProof('dashboards check', dead('idle', 1), records);
  // It waited, and that takes nothing back.
  expect(await subject(noted, 'query', live)).toMatchObject({ state: 'proven', looks: [{ where: 'run-1' }] });
  await recordProof('dashboards check', dead('empty', 1), records);
  expect((await subject(noted, 'query', live)).state).toBe('failed');

  await appendFile(records, '{"schema":1,"command":"hearsay"}\n');
  await expect(gatherProof(noted)).rejects.toThrow(/line 6: command/);
});

test('promtool reads the queries of runbooks; one that it refuses is failed', async () => {
  const read = await made('read');
  const promtool = (await resolvePart(prometheus, { progress: quiet })).binaries.promtool!;
  const none = { alerts: [], failures: [], seconds: 0 };
  const answers = await readRunbooks(promtool, ['CartBurn', 'OutboxStalled']);
  await recordProof('alerts prove', provedByPromtool(none, answers), proofRecords(read.state));
  expect(await subject(read, 'runbook', 'CartBurn')).toMatchObject({ state: 'proven', next: null });
  const broken = (name: string) => (name === 'CartBurn' ? '`sum(slo:error_ratio:rate5m`' : '`up{job="x"}`');
  const refused = await readRunbooks(promtool, ['CartBurn', 'OutboxStalled'], broken);
  expect(refused.map((one) => one.refused?.includes('could not parse'))).toEqual([true, undefined]);
  expect(provedByPromtool(none, refused).map(({ outcome }) => outcome)).toEqual(['failed', 'proven']);
});

test('headroom proof: 0 with a page, 1 with --strict and the names, 2 where there is no such folder', async () => {
  vi.stubEnv('HEADROOM_STATE', healthy.state);
  let [out, err] = ['', ''];
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), terminal: false };
  const file = join(root, 'proof.html');
  expect(await main(['proof', '--evidence', healthy.evidence, '--out', file], io)).toBe(0);
  expect(out).toMatch(/^never +alert +\S+/);
  expect(await readFile(file, 'utf8')).toContain('not proven</h1>');
  expect(await main(['proof', '--evidence', healthy.evidence, '--strict', '--json'], io)).toBe(1);
  expect(err).toContain('alert CartBurn.page-fast');
  expect(err).not.toContain(`alert ${page},`);
  expect(await main(['proof', '--evidence', join(root, 'nowhere')], io)).toBe(2);
  vi.unstubAllEnvs();
});
