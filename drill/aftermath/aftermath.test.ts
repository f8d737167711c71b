// The list of acts, how they are played, and what the judge makes of them.
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { causeAlerts } from '../../alerts/causes.ts';
import { queriesOf } from '../../dashboards/board.ts';
import { boards } from '../../dashboards/boards.ts';
import { awaitedEvents, eventsOfActs, whyNever } from '../../dashboards/events.ts';
import { detectionChecks } from '../detection.ts';
import { files, writeJson } from '../evidence.ts';
import { healthyFacts, writeFacts } from '../evidence.fixture.ts';
import { exclusionsOf } from '../exclusions.ts';
import { judgeEvidence } from '../judge.ts';
import { phasesCheck } from '../run-checks.ts';
import { countsOutside } from '../slis.ts';
import type { Act } from './act.ts';
import { acts, actsThatMake } from './acts.ts';
import { playAll } from './play.ts';
import type { Scene } from './scene.ts';

describe('the list', () => {
  const waited = new Set(
    boards
      .flatMap(queriesOf)
      .flatMap(({ reactive }) => (reactive?.kind === 'event-only' ? [reactive.event as string] : [])),
  );

  test('brings every event that panels wait for, and names none that no panel waits for', () => {
    expect(eventsOfActs.filter((event) => actsThatMake(event).length === 0)).toEqual([]);
    expect([...waited].sort()).toEqual([...awaitedEvents].sort());
  });

  test('of what no drill can bring it is said why, with the test that proves it instead', () => {
    const never = awaitedEvents.flatMap((event) => whyNever(event) ?? []);
    for (const why of never) expect(existsSync(/\S+\.test\.ts/.exec(why)![0])).toBe(true);
  });

  test('has every file, each under its own name', () => {
    const stored = readdirSync(join(import.meta.dirname, 'acts')).map((file) => file.replace(/\.ts$/, ''));
    expect(acts.map(({ name }) => name).sort()).toEqual(stored.sort());
  });

  test('wakes only alerts that there are, and none while shoppers come', () => {
    const alerts = new Set(causeAlerts.map(({ name }) => name));
    const woken = acts.flatMap(({ wakes = [] }) => wakes);
    expect(woken.filter((name) => !alerts.has(name))).toEqual([]);
    expect(acts.filter(({ when, wakes }) => when === 'beside the load' && wakes !== undefined)).toEqual([]);
  });
});

describe('playing them', () => {
  function scene(signal = new AbortController().signal) {
    const notes: unknown[] = [];
    const diary = { note: async (fields: unknown) => void notes.push(fields) };
    return { notes, scene: { diary, signal } as unknown as Scene };
  }
  const act = (name: string, play: Act['play']): Act => ({ name, when: 'after the load', makes: [], play });

  test('one that does not come off is a fact, and keeps no other from being played', async () => {
    const { notes, scene: stage } = scene();
    const seen: number[] = [];
    const played = await playAll(
      [
        act('broken', async () => {
          throw new Error('the shop did not listen');
        }),
        // On record before it begins.
        act('whole', async () => `${seen.push(notes.length)} came off`),
      ],
      stage,
    );
    expect(played).toMatchObject([
      { act: 'broken', came_off: false, detail: 'the shop did not listen' },
      { act: 'whole', came_off: true, detail: '1 came off' },
    ]);
    expect(seen).toEqual([2]);
  });

  test('a drill that is ended ends them', async () => {
    const giveUp = new AbortController();
    giveUp.abort(new Error('Ctrl-C'));
    const played = playAll([act('late', async () => '')], scene(giveUp.signal).scene);
    await expect(played).resolves.toHaveLength(1);
    const dying = act('dying', async ({ signal }) => {
      signal.throwIfAborted();
      return '';
    });
    await expect(playAll([dying], scene(giveUp.signal).scene)).rejects.toThrow('Ctrl-C');
  });
});

describe('the judge', () => {
  const facts = healthyFacts();
  const aftermath = facts.run.phases.find(({ name }) => name === 'aftermath')!;
  const wakes = { wakes: ['DeadLetterPresent'], started_ms: aftermath.started_ms };
  const heard = (starts_ms: number) => {
    const letter = { ...facts.alerts[1]!, name: 'DeadLetterPresent', starts_ms, received_ms: starts_ms };
    const experiments = facts.experiments.map((one) => ({ ...one, must_stay_silent: ['DeadLetterPresent'] }));
    const act = { act: 'dead-letter', came_off: true, detail: '', ended_ms: starts_ms + 1, ...wakes };
    return detectionChecks(experiments, [...facts.alerts, letter], [act])[1]!;
  };

  test('lets an alert speak that an act woke, and not a moment before', () => {
    expect(heard(aftermath.started_ms + 2_000).status).toBe('pass');
    expect(heard(aftermath.started_ms - 2_000)).toMatchObject({
      status: 'fail',
      detail: 'DeadLetterPresent had to stay silent and fired',
    });
  });

  test.each([
    [0.5, 1, 'dashboard-live'],
    [1, 4, 'machine-had-headroom'],
  ])('an act that did not come off at %d busy: exit %d for %s', async (busy, exitCode, reason) => {
    const dir = await mkdtemp(join(tmpdir(), 'headroom-acts-'));
    const sick = healthyFacts();
    sick.panels[0] = { ...sick.panels[0]!, live: false, detail: 'the aftermath plays kill-switch' };
    for (const sample of sick.machine) sample.busy = busy;
    await writeFacts(dir, sick);
    const act = {
      act: 'kill-switch',
      came_off: false,
      detail: 'late',
      ...wakes,
      ended_ms: sick.run.ended_ms,
    };
    await writeJson(dir, files.aftermath, [act]);
    const { verdict } = await judgeEvidence(dir);
    await rm(dir, { recursive: true });
    expect([verdict.exit_code, verdict.reasons[0]?.check]).toEqual([exitCode, reason]);
  });

  test('leaves out of the objectives what fails on purpose, and nothing before it', () => {
    const at = (seconds: number, bad: number) => ({
      at_ms: aftermath.started_ms + seconds * 1_000,
      counts: { notification: { total: 1_000 + bad, bad } },
    });
    const badIn = (...samples: readonly ReturnType<typeof at>[]) =>
      countsOutside(samples, exclusionsOf([], facts.run)).notification!.bad;
    expect(badIn(at(1, 0), at(2, 7))).toBe(0);
    expect(badIn(at(-3, 0), at(-2, 7))).toBe(7);
  });

  test('an aftermath that did not come to its end is a phase that is missing; evidence from before it has none', () => {
    const phases = facts.run.phases.map((phase) =>
      phase.name === 'aftermath' ? { ...phase, ended_ms: null } : phase,
    );
    expect(phasesCheck({ ...facts.run, phases })).toMatchObject({
      status: 'fail',
      detail: 'not completed: aftermath',
    });
    const before = facts.run.phases.filter(({ name }) => name !== 'aftermath');
    expect(phasesCheck({ ...facts.run, phases: before }).status).toBe('pass');
  });
});
