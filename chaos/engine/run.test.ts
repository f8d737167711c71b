// The engine against a real lab: faults really start, really bite and are really gone, whatever happens in between.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readRows } from '../append-log.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { listFaults } from '../faults/lab-control.ts';
import { type Lab, startLab } from '../lab/server.ts';
import { type Journal, type JournalRow, openJournal } from './journal.ts';
import { runExperiment, type RunOptions } from './run.ts';
import { type ReceivedAlert, type SteadySample, systemClock, type Target } from './target.ts';
import { undoFromJournal } from './undo.ts';
import { startWatchdog } from './watchdog.ts';

let dir: string;
let lab: Lab;
let journal: Journal;
let journalPath: string;
let labControlUrl: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'engine-'));
  lab = await startLab({
    dir,
    ports: { control: 0, 'psp-primary': 0, 'psp-backup': 0, tax: 0, rates: 0, fraud: 0 },
    host: '127.0.0.1',
    baseLatencyMs: 0,
    onError: (error) => expect.fail(String(error)),
  });
  labControlUrl = `http://127.0.0.1:${lab.ports.control}`;
  journalPath = join(dir, 'journal.ndjson');
  journal = await openJournal(journalPath);
});
afterEach(async () => {
  await journal.close();
  await lab.close();
  await rm(dir, { recursive: true });
});

const experiment: Experiment = {
  id: 'primary-refuses',
  hypothesis: 'nothing is lost',
  faults: [
    {
      id: 'refuse',
      provider: 'psp-primary',
      operation: 'authorize',
      mix: [{ position: 'before', share: 1, delayMs: 0 }],
    },
  ],
  steadyState: { minSubmissions: 5, minGoodShare: 0.9 },
  abort: { maxInvariantViolations: 0, minGoodShare: 0.5, forSeconds: 0.3 },
  minBites: 3,
  expectAlerts: [{ name: 'ProviderDown' }],
  mustStaySilent: ['DoubleCharge'],
  customersStillCan: 'browse',
  runbook: 'alerts/runbooks/ProviderDown.md',
};
const steady = { submissions: 10, good: 10, invariant_violations: 0 };

let references = 0;
const buy = () =>
  fetch(`http://127.0.0.1:${lab.ports['psp-primary']}/v1/authorizations`, {
    method: 'POST',
    headers: { 'Idempotency-Key': `k${++references}` },
    body: JSON.stringify({
      ...{
        reference: `k${references}`,
        order: 'o',
        amount_minor: 1,
        currency: 'GBP',
        method: 'card',
        token: 'tok_ok_1',
      },
    }),
  }).then((answer) => answer.status);

/** A shop of a few lines: every probe is a sale, and an alert comes with the third refused one. */
function shop(over: { sample?: () => Partial<SteadySample>; alert?: string | null } = {}) {
  const alerts: ReceivedAlert[] = [];
  let refused = 0;
  const target: Target = {
    labControlUrl,
    clock: systemClock,
    alertsReceived: () => alerts,
    async probe() {
      if ((await buy()) === 503) refused += 1;
      const name = over.alert === undefined ? 'ProviderDown' : over.alert;
      if (refused === 3 && name !== null && alerts.every((alert) => alert.name !== name))
        alerts.push({ name, labels: {}, status: 'firing', received_ms: Date.now() });
      return { at_ms: Date.now(), ...steady, ...over.sample?.() };
    },
  };
  return { target, alerts };
}
const options = (over: Partial<RunOptions> = {}): RunOptions => ({
  ...{ runId: 'run', journal, seed: 1, faultMs: 900, settleMs: 100, checkMs: 500, probeEveryMs: 100 },
  alerts: experiment.expectAlerts.map((alert) => ({ alert, timeToDetectSeconds: 1, budgetSeconds: 2 })),
  ...over,
});
const liveFaults = async () => (await listFaults(labControlUrl)).filter((fault) => fault.ended_ms === null);

describe('a run that comes to its end', () => {
  test('waits for an alert that comes long after the fault, no longer than it says and no longer than it must', async () => {
    const late = shop({ alert: null });
    const speak = setTimeout(() => {
      late.alerts.push({ name: 'ProviderDown', labels: {}, status: 'firing', received_ms: Date.now() });
    }, 1_500);
    const heard = await runExperiment(experiment, late.target, options({ awaitAlertsMs: 60_000 }));
    clearTimeout(speak);
    expect(heard).toMatchObject({ verdict: 'true' });
    const deaf = await runExperiment(
      experiment,
      shop({ alert: null }).target,
      options({ runId: 'deaf', awaitAlertsMs: 1_200 }),
    );
    expect(deaf).toMatchObject({ verdict: 'false', reason: 'ProviderDown: missing' });
  });

  test('is true when the fault bit and the alert was heard; the undo was journaled before the fault', async () => {
    const outcome = await runExperiment(experiment, shop().target, options());
    expect(outcome).toMatchObject({ status: 'completed', verdict: 'true', undone: true });
    expect(outcome.states.map(({ state }) => state)).toEqual([
      ...['planned', 'checking', 'armed', 'injecting', 'undoing', 'settling', 'verifying', 'done'],
    ]);
    expect(outcome.alerts[0]!.detect_seconds).toBeGreaterThan(0);
    expect(outcome.first_bite_ms).toBeLessThan(outcome.alerts[0]!.received_ms!);
    expect(await liveFaults()).toEqual([]);
    expect(await buy()).toBe(201);
    const { rows } = await readRows<JournalRow>(journalPath);
    expect(rows.map((row) => row.kind).filter((kind) => kind !== 'state')).toEqual([
      'undo',
      'apply',
      'undone',
    ]);
  });

  test('outlives its lease: the renewals keep the fault until its end', async () => {
    const outcome = await runExperiment(
      experiment,
      shop().target,
      options({ faultMs: 6_500, probeEveryMs: 500 }),
    );
    expect(outcome).toMatchObject({ status: 'completed', verdict: 'true' });
    expect(outcome.last_bite_ms! - outcome.first_bite_ms!).toBeGreaterThan(5_500);
  });

  test('is false when the alert is missing, or one that must be silent speaks', async () => {
    const deaf = await runExperiment(experiment, shop({ alert: null }).target, options());
    expect(deaf).toMatchObject({ status: 'completed', verdict: 'false', reason: 'ProviderDown: missing' });
    const loud = await runExperiment(
      experiment,
      shop({ alert: 'DoubleCharge' }).target,
      options({ runId: 'second' }),
    );
    expect(loud).toMatchObject({ verdict: 'false', reason: 'DoubleCharge had to stay silent and fired' });
  });

  test('is false when the alert was already firing: it says nothing about this fault', async () => {
    const { target, alerts } = shop();
    alerts.push({ name: 'ProviderDown', labels: {}, status: 'firing', received_ms: Date.now() - 1_000 });
    const outcome = await runExperiment(experiment, target, options());
    expect(outcome).toMatchObject({ verdict: 'false', reason: 'ProviderDown: already firing' });
  });

  test('is unknown when too little was bitten, however quiet it was', async () => {
    const outcome = await runExperiment({ ...experiment, minBites: 1_000 }, shop().target, options());
    expect(outcome).toMatchObject({ status: 'completed', verdict: 'unknown' });
    expect(outcome.reason).toContain('1000 needed to prove anything');
  });

  test('is unknown when the fault ended before its time', async () => {
    const { target } = shop();
    const ended = setTimeout(
      () => void fetch(`${labControlUrl}/faults/run-primary-refuses-refuse`, { method: 'DELETE' }),
      400,
    );
    const outcome = await runExperiment(experiment, target, options());
    clearTimeout(ended);
    expect(outcome).toMatchObject({ verdict: 'unknown' });
    expect(outcome.reason).toContain('lost its lease');
  });
});

describe('a run that must not go on', () => {
  test('is refused without a steady state: nothing is injected', async () => {
    const { target } = shop({ sample: () => ({ good: 5 }) });
    const outcome = await runExperiment(experiment, target, options());
    expect(outcome).toMatchObject({ status: 'aborted', verdict: 'unknown', injected_ms: null, bitten: 0 });
    expect(outcome.reason).toContain('no steady state: 50.0 % of submissions good');
    expect(await listFaults(labControlUrl)).toEqual([]);
  });

  test.each([
    ['an invariant breaks', { invariant_violations: 1 }, '1 invariant violations, 0 allowed'],
    ['too few submissions are good for too long', { good: 1 }, 'only 10.0 % of submissions good'],
  ])('ends at once when %s, and the fault with it', async (_what, broken, reason) => {
    let probes = 0;
    const { target } = shop({ sample: () => (++probes > 3 ? broken : {}) });
    const outcome = await runExperiment(experiment, target, options({ faultMs: 20_000 }));
    expect(outcome).toMatchObject({ status: 'aborted', verdict: 'false', undone: true });
    expect(outcome.reason).toContain(reason);
    expect(await liveFaults()).toEqual([]);
  });

  test('ends when it can no longer see the shop', async () => {
    let probes = 0;
    const { target } = shop();
    const blind = {
      ...target,
      probe: () => (++probes > 3 ? Promise.reject(new Error('no route')) : target.probe()),
    };
    const outcome = await runExperiment(experiment, blind, options({ faultMs: 20_000 }));
    expect(outcome).toMatchObject({ status: 'aborted', undone: true });
    expect(outcome.reason).toContain('could not be probed');
  });

  test('is undone when the operator interrupts it', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 500);
    const outcome = await runExperiment(
      experiment,
      shop().target,
      options({ faultMs: 20_000, signal: stop.signal }),
    );
    expect(outcome).toMatchObject({ status: 'interrupted', verdict: 'unknown', undone: true });
    expect(await liveFaults()).toEqual([]);
  });

  test('fails, and leaves nothing behind, when the lab refuses the fault', async () => {
    const [fault] = experiment.faults;
    const second = { ...fault!, id: 'absurd', mix: [{ position: 'before', share: 7, delayMs: 0 } as const] };
    const outcome = await runExperiment(
      { ...experiment, faults: [fault!, second] },
      shop().target,
      options(),
    );
    expect(outcome).toMatchObject({ status: 'failed', verdict: 'unknown', undone: true });
    expect(await liveFaults()).toEqual([]);
  });
});

describe('an engine that is killed in the middle of a fault', () => {
  async function killedEngine(...more: string[]) {
    const script = join(import.meta.dirname, 'endless-fault.fixture.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, labControlUrl, journalPath, ...more], {
      stdio: 'inherit',
    });
    await expect.poll(async () => (await liveFaults()).length, { timeout: 15_000 }).toBe(1);
    return child;
  }
  const untilHealed = () => expect.poll(liveFaults, { timeout: 10_000, interval: 100 }).toEqual([]);

  test('leaves no fault alive after 10 s: the lease ends it', async () => {
    const child = await killedEngine();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await liveFaults()).toHaveLength(1);
    await untilHealed();
    expect(await buy()).toBe(201);
  });

  test('is undone by its watchdog long before the lease', async () => {
    const child = await killedEngine('watched');
    // The watchdog is born with the engine; wait until it listens, which its process needs a moment for.
    await systemClock.sleep(1_500);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const killed = performance.now();
    await untilHealed();
    expect(performance.now() - killed).toBeLessThan(2_500);
  });

  test('has a watchdog that goes quietly when there is nothing to undo', async () => {
    await startWatchdog({ journalPath, labControlUrl }).stop();
    expect((await readRows(journalPath)).rows).toEqual([]);
  });

  test('is undone from its journal alone, once, by whoever comes next', async () => {
    const child = await killedEngine();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const first = await undoFromJournal(journalPath, { labControlUrl });
    expect(first).toEqual({ undone: ['killed-primary-refuses-refuse'], failed: [] });
    expect(await liveFaults()).toEqual([]);
    expect(await undoFromJournal(journalPath, { labControlUrl })).toEqual({ undone: [], failed: [] });
  });

  test('keeps its promise in the journal while the lab cannot be asked', async () => {
    await journal.write('r', {
      kind: 'undo',
      undo: { kind: 'provider-fault', fault_id: 'f' },
      sentence: 's',
    });
    const { failed } = await undoFromJournal(journalPath, { labControlUrl: 'http://127.0.0.1:1' });
    expect(failed.map(({ fault_id }) => fault_id)).toEqual(['f']);
    expect((await undoFromJournal(journalPath, { labControlUrl })).undone).toEqual(['f']);
  });
});
