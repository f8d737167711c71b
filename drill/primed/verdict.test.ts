// What is said of a primed drill: its alert in time is go, and labelled wherever it is told; anything else of the alert is
// no-go with detection first; and no release is let through by it.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Facts, healthyFacts, writeFacts } from '../evidence.fixture.ts';
import { files } from '../evidence.ts';
import { finish } from '../finish.ts';
import { gateEvidence } from '../gate.ts';
import { plans } from '../plan.ts';
import { gatherProof } from '../proof/proof.ts';
import { drilled, ground } from '../proof/proof.fixture.ts';
import { readVerdicts, tally } from '../verdict-ledger.ts';
import { primedNamed } from './named.ts';
import { primedFactsOf, primedPlan, primedTimes } from './planned.ts';

const name = 'CheckoutLatencyBurn.ticket-slow';
const drill = primedNamed(name, primedTimes(plans.short, plans.short.peakOrdersPerSecond, [21]));
const { alert, timeToDetectSeconds, budgetSeconds } = drill.planned;

let root: string;
let dir: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'primed-'));
  dir = join(root, 'evidence');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** The evidence of a primed drill that heard its alert when it had to. */
function primedFacts(): Facts {
  const facts = healthyFacts();
  const [one] = facts.experiments;
  facts.run.primed = primedFactsOf(drill);
  facts.experiments = [
    {
      ...one!,
      id: drill.experiment.id,
      expected: [
        {
          ...{ name: alert.name, labels: { ...alert.labels } },
          ...{ computed_seconds: timeToDetectSeconds, budget_seconds: budgetSeconds },
        },
      ],
    },
  ];
  const [watchdog, heard] = facts.alerts;
  const labels = { alertname: alert.name, ...alert.labels };
  const received_ms = one!.first_bite_ms! + timeToDetectSeconds * 1_000;
  facts.alerts = [watchdog!, { ...heard!, name: alert.name, labels, received_ms }];
  return facts;
}

async function judged(plant: (facts: Facts) => void = () => undefined) {
  await mkdir(dir, { recursive: true });
  const facts = primedFacts();
  plant(facts);
  await writeFacts(dir, facts);
  const ledgerFile = join(root, 'verdicts.ndjson');
  const finished = await finish({ dir, facts: facts.run, sabotage: null, versions: {}, ledgerFile });
  return { ...finished, ledgerFile };
}
const told = (file: string) => readFile(join(dir, file), 'utf8');

describe('a primed drill', () => {
  test('that heard its alert in time is go, and says in every place that it is no ordinary one', async () => {
    const { verdict, ledgerFile } = await judged();
    expect(verdict).toMatchObject({ verdict: 'go', primed: name });
    for (const file of [files.report, files.summary]) {
      const text = (await told(file)).replaceAll('\\', '');
      expect(text, file).toContain(
        'Primed drill: the history was made close to the threshold of CheckoutLatencyBurn.ticket-slow',
      );
      expect(text, file).toContain('Nothing is said of a release');
    }
    const rows = await readVerdicts(ledgerFile);
    expect(tally(rows)[0]).toMatch(/^default primed CheckoutLatencyBurn\.ticket-slow healthy: 1 of 1/);
    const schema = JSON.parse(await readFile(join(import.meta.dirname, '..', 'verdict.schema.json'), 'utf8'));
    const valid = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema as object);
    expect(valid(JSON.parse(await told(files.verdict)))).toBe(true);
  });

  const hears = (ms: (facts: Facts) => number) => (facts: Facts) => {
    facts.alerts[1]!.received_ms = ms(facts);
  };
  test.each<[string, (facts: Facts) => void]>([
    ['was never heard', (facts) => facts.alerts.splice(1)],
    ['came after', hears(({ alerts }) => alerts[1]!.received_ms + budgetSeconds * 1_000)],
    ['was already firing', hears(({ run }) => run.started_ms)],
  ])('whose alert %s is no-go, detection first', async (said, plant) => {
    const { verdict } = await judged(plant);
    expect(verdict.verdict).toBe('no-go');
    expect(verdict.reasons[0]).toMatchObject({ check: 'alerts-detected' });
    expect(verdict.reasons[0]!.detail).toContain(said);
  });

  test('lets no release through, however green it is; the same evidence without the label does', async () => {
    await judged();
    const nowMs = healthyFacts().run.ended_ms + 3_600_000;
    const gated = await gateEvidence({ dir, nowMs });
    expect(gated).toMatchObject({ verdict: 'inconclusive', exitCode: 3 });
    expect(gated.reasons.map(({ check }) => check)).toEqual(['policy-primed']);
    await rm(dir, { recursive: true });
    await judged((facts) => {
      delete facts.run.primed;
    });
    expect(await gateEvidence({ dir, nowMs })).toMatchObject({ exitCode: 0 });
  });

  test('does not miss spans that only another fault makes, which an ordinary drill does', async () => {
    const unmade = (facts: Facts) => {
      facts.spans = facts.spans.filter(({ name }) => name !== 'resolve payment');
    };
    expect((await judged(unmade)).verdict.verdict).toBe('go');
    await rm(dir, { recursive: true });
    const ordinary = await judged((facts) => {
      unmade(facts);
      delete facts.run.primed;
    });
    expect(ordinary.verdict.reasons[0]).toMatchObject({ check: 'signals-told' });
  });

  test('is a proof of its alert, told as one after a primed history, and of no query', async () => {
    const here = await ground(root, 'clone');
    const alertOf = async () => {
      const { subjects } = await gatherProof(here);
      return subjects.find((one) => one.kind === 'alert' && one.name === name)!;
    };
    expect(await alertOf()).toMatchObject({
      notes: [`never fired live: a primed history would show it (headroom drill --primed ${name})`],
    });
    await drilled(here, '20260918T120000-primed', (facts) => {
      const { panels } = facts;
      Object.assign(facts, primedFacts(), { panels });
      facts.run.run_id = '20260918T120000-primed';
    });
    const { state, looks } = await alertOf();
    expect(state).toBe('proven');
    expect(looks[0]).toMatchObject({ how: 'fired live', outcome: 'proven' });
    expect(looks[0]!.detail).toContain('in slow-payments, after a primed history');
    const { counts } = await gatherProof(here);
    expect(counts.find(({ kind }) => kind === 'query')).toMatchObject({ proven: 0 });
  });

  test('says before it starts what it will do, and what else it will be heard to do', () => {
    const plan = primedPlan(drill).join('\n');
    expect(plan).toContain(`primed for ${name}: 3d of history at 90 % of its threshold`);
    expect(plan).toContain('nothing fires before the fault');
  });
});
