import { readFile, rm, writeFile } from 'node:fs/promises';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Facts, healthyFacts, writeFacts } from './evidence.fixture.ts';
import { files, manifest, readFacts, sha256Of, writeJson } from './evidence.ts';
import { finish } from './finish.ts';
import { gateEvidence } from './gate.ts';
import { sabotages } from './sabotage/sabotages.ts';
import { readVerdicts } from './verdict-ledger.ts';
import { verifyEvidence } from './verify.ts';

let dir: string;
let state: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'evidence-'));
  state = await mkdtemp(join(tmpdir(), 'state-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
  await rm(state, { recursive: true, force: true });
});

async function drilled(plant: (facts: Facts) => void = () => undefined) {
  const facts = healthyFacts();
  plant(facts);
  await writeFacts(dir, facts);
  return finish({
    dir,
    facts: facts.run,
    sabotage: sabotages.find((sabotage) => sabotage.name === facts.run.sabotage) ?? null,
    versions: { node: '22' },
    ledgerFile: join(state, 'verdicts.ndjson'),
  });
}
const edit = async (file: string, change: (text: string) => string) =>
  writeFile(join(dir, file), change(await readFile(join(dir, file), 'utf8')));
/** What a careful forger does: the edited file gets its new hash in the manifest. */
async function reseal(file: string) {
  const sealed = (await readFacts(dir, files.manifest, manifest))!;
  await writeJson(dir, files.manifest, {
    ...sealed,
    files: { ...sealed.files, [file]: await sha256Of(join(dir, file)) },
  });
}
async function published() {
  const schema = JSON.parse(await readFile(join(import.meta.dirname, 'verdict.schema.json'), 'utf8'));
  return new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema as object);
}
const noQueues = (facts: Facts) => {
  facts.panels[0]!.live = false;
};

describe('headroom verify', () => {
  test('finds the verdict again in evidence that nobody touched, go or no-go', async () => {
    await drilled();
    expect(await verifyEvidence(dir)).toMatchObject({ kind: 'verified', exitCode: 0 });
  });

  test('names a file that was edited by hand', async () => {
    await drilled(noQueues);
    await edit(files.panels, (text) => text.replace('"live": false', '"live": true'));
    const verification = await verifyEvidence(dir);
    expect(verification).toMatchObject({ kind: 'mismatch', exitCode: 1 });
    expect(verification.message).toContain('panels.json was changed after the run');
  });

  test('a verdict turned to go, hash and all, does not follow from its evidence', async () => {
    await drilled(noQueues);
    await edit(files.verdict, (text) => text.replace('"verdict": "no-go"', '"verdict": "go"'));
    await reseal(files.verdict);
    const verification = await verifyEvidence(dir);
    expect(verification.exitCode).toBe(1);
    expect(verification.message).toContain('says go, its evidence says no-go');
  });

  test('a file removed, and one added, are named', async () => {
    await drilled();
    await rm(join(dir, files.journal), { force: true });
    await rm(join(dir, files.spans));
    await writeFile(join(dir, 'extra.txt'), 'x');
    const { message } = await verifyEvidence(dir);
    expect(message).toContain('spans.ndjson is gone');
    expect(message).toContain('extra.txt was added');
  });

  test('a folder that is no evidence is a usage error that names what is missing', async () => {
    await expect(verifyEvidence(state)).rejects.toMatchObject({ name: 'UsageError' });
    await drilled();
    await edit(files.run, () => '{');
    await reseal(files.run);
    await expect(verifyEvidence(dir)).rejects.toThrow(/run\.json is not JSON/);
    const aFile = join(dir, files.verdict);
    await expect(verifyEvidence(aFile)).rejects.toMatchObject({ name: 'UsageError' });
  });

  test.each(['{', 'null'])('a verdict.json of %s, hash and all, is a mismatch', async (text) => {
    await drilled();
    await edit(files.verdict, () => text);
    await reseal(files.verdict);
    expect(await verifyEvidence(dir)).toMatchObject({ kind: 'mismatch', exitCode: 1 });
  });

  test('a verdict.json taken out of the folder and out of its manifest is a mismatch', async () => {
    await drilled();
    await rm(join(dir, files.verdict));
    const { files: hashes, ...sealed } = (await readFacts(dir, files.manifest, manifest))!;
    const { [files.verdict]: _, ...rest } = hashes;
    await writeJson(dir, files.manifest, { ...sealed, files: rest });
    const { exitCode, message } = await verifyEvidence(dir);
    expect(exitCode).toBe(1);
    expect(message).toContain('does not list verdict.json');
  });

  test('evidence forged as a whole is not the one that the ledger of verdicts remembers', async () => {
    await drilled();
    const ledgerFile = join(state, 'verdicts.ndjson');
    expect(await verifyEvidence(dir, { ledgerFile })).toMatchObject({ exitCode: 0 });
    await edit(files.panels, (text) => `${text}\n`);
    await reseal(files.panels);
    expect(await verifyEvidence(dir)).toMatchObject({ exitCode: 0 });
    const { exitCode, message } = await verifyEvidence(dir, { ledgerFile });
    expect(exitCode).toBe(1);
    expect(message).toContain('remembers');
    expect(await gateEvidence({ dir, ledgerFile })).toMatchObject({ exitCode: 1 });
  });
});

describe('headroom gate', () => {
  const policy = async (text: string) => {
    const file = join(state, 'policy.yml');
    await writeFile(file, text);
    return file;
  };
  const nowMs = healthyFacts().run.ended_ms + 3_600_000;

  test('lets a healthy drill through under the default policy, with a summary to show', async () => {
    await drilled();
    const result = await gateEvidence({ dir, nowMs });
    expect(result.reasons).toEqual([]);
    expect(result.exitCode).toBe(0);
    expect(result.summary).toContain('Go');
  });

  test('holds back what misses a tighter objective of the policy', async () => {
    await drilled();
    const policyFile = await policy('version: 1\nobjectives:\n  submission_p99_seconds: 0.05\n');
    const result = await gateEvidence({ dir, policyFile, nowMs });
    expect(result.exitCode).toBe(1);
    expect(result.reasons[0]?.check).toBe('submission-p99');
  });

  test.each([
    ['policy-minimum-peak', 'version: 1\nminimum_peak_orders_per_minute: 100000\n', 0],
    ['policy-maximum-age', 'version: 1\nmaximum_age_hours: 24\n', 90_000_000],
    ['samples-sufficient', 'version: 1\nminimum_samples: 10000000\n', 0],
  ])('is inconclusive where the policy asks for more: %s', async (check, text, later) => {
    await drilled();
    const result = await gateEvidence({ dir, policyFile: await policy(text), nowMs: nowMs + later });
    expect(result.exitCode).toBe(3);
    expect(result.reasons.map((reason) => reason.check)).toContain(check);
  });

  test('evidence edited until it cannot be read is no-go for its seal, by the name of the file', async () => {
    await drilled();
    await edit(files.queues, () => '{');
    const gated = await gateEvidence({ dir, nowMs });
    expect(gated.exitCode).toBe(1);
    expect(gated.reasons).toMatchObject([{ check: 'evidence-sealed' }]);
    expect(gated.summary).toContain('queues.json was changed');
    const validate = await published();
    expect(validate(gated.verdictFile), JSON.stringify(validate.errors)).toBe(true);
  });

  test('edited evidence is no-go, and a policy that is none is a usage error', async () => {
    await drilled();
    await edit(files.queues, (text) => text.replace('17', '18'));
    expect(await gateEvidence({ dir, nowMs })).toMatchObject({ exitCode: 1 });
    const policyFile = await policy('version: 1\nobjectvies: {}\n');
    await expect(gateEvidence({ dir, policyFile, nowMs })).rejects.toThrow('objectvies');
    await expect(gateEvidence({ dir, policyFile: `${policyFile}x`, nowMs })).rejects.toThrow(
      'no such policy',
    );
  });
});

describe('what a drill leaves', () => {
  test('verdict.json keeps its published schema, and a field that is not in it is refused', async () => {
    const validate = await published();
    await drilled(noQueues);
    const verdict = JSON.parse(await readFile(join(dir, files.verdict), 'utf8')) as object;
    expect(validate(verdict), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...verdict, verdict: 'maybe' })).toBe(false);
    expect(validate({ ...verdict, vibes: 1 })).toBe(false);
  });

  test('the ledger of verdicts says how often each kind ended as it should', async () => {
    await drilled();
    const { tally } = await drilled((facts) => {
      facts.run.sabotage = 'dead-panel';
      noQueues(facts);
    });
    expect(tally[0]).toContain('default healthy: 1 of 1');
    expect(tally[1]).toContain('default dead-panel: 1 of 1');
    const rows = await readVerdicts(join(state, 'verdicts.ndjson'));
    expect(rows[1]).toMatchObject({ reason: 'dashboard-live', as_expected: true, verdict: 'no-go' });
  });
});
