// The arithmetic of detection, with the real alerts' own timings.
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { alertTimings } from '../../alerts/timings.ts';
import { experiments } from '../experiments/experiments.ts';
import { bothPspsDown } from '../experiments/both-psps-down.ts';
import { plan, timeToDetectSeconds, type Traffic } from './plan.ts';

const traffic: Traffic = {
  ...{ loadPerSecond: 20, historyPerSecond: 20, scrapeSeconds: 2 },
  warmup: { seconds: 0, perSecond: 0 },
};
const burn = (objective: number) => ({
  kind: 'burn' as const,
  name: 'Burn',
  burnTier: 'page-fast',
  factor: 14.4,
  objective,
  longWindowSeconds: 3_600,
  forSeconds: 0,
  evaluationSeconds: 2,
  groupWaitSeconds: 1,
});
const expected = { name: 'Burn', labels: { burn_tier: 'page-fast' }, badShare: 0.6 };

describe('time to detect', () => {
  test('at 60 % bad a 99.9 % fast page comes after about a minute and a half, a 99 % one after fifteen', () => {
    // 14.4 × 0.001 × 3600 ÷ 0.6 = 86.4 s, and 5 s of waits.
    expect(timeToDetectSeconds(expected, burn(0.999), traffic)).toBeCloseTo(86.4 + 5, 1);
    expect(timeToDetectSeconds(expected, burn(0.99), traffic)).toBeCloseTo(864 + 5, 0);
  });

  test('is never, when the fault hurts less than the alert needs', () => {
    expect(timeToDetectSeconds({ ...expected, badShare: 0.01 }, burn(0.999), traffic)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  test('shrinks with the history and grows with what was replayed before', () => {
    const quiet = { ...traffic, historyPerSecond: 2 };
    const warm = { ...quiet, warmup: { seconds: 120, perSecond: 20 } };
    const seconds = (t: Traffic) => timeToDetectSeconds(expected, burn(0.999), t);
    expect(seconds(quiet)).toBeLessThan(seconds(warm));
    expect(seconds(warm)).toBeLessThan(seconds(traffic));
  });

  test('of a threshold is the time its events take, and the waits', () => {
    const threshold = {
      kind: 'threshold',
      name: 'T',
      forSeconds: 4,
      evaluationSeconds: 2,
      groupWaitSeconds: 1,
    } as const;
    const alert = { name: 'T', badShare: 0.5, minEvents: 5, signalDelaySeconds: 2 };
    expect(timeToDetectSeconds(alert, threshold, traffic)).toBeCloseTo(2 + 0.5 + 2 + 2 + 4 + 1);
  });
});

describe('plan', () => {
  test('refuses an alert that is heard after 0.7 of the fault, and says what to change', () => {
    const refused = plan(bothPspsDown, 60, alertTimings(), traffic);
    if (refused.kind !== 'refused') throw new Error('not refused');
    expect(refused.reasons[0]).toMatch(/make the fault last \d+ s, or lower the history rate from 20\/s/);
    const needed = Number(/last (\d+) s/.exec(refused.reasons[0]!)![1]);
    expect(plan(bothPspsDown, needed, alertTimings(), traffic).kind).toBe('planned');
    expect(plan(bothPspsDown, needed - 2, alertTimings(), traffic).kind).toBe('refused');
  });

  test('refuses an alert that no rule has', () => {
    const refused = plan(
      { ...bothPspsDown, expectAlerts: [{ name: 'Nobody' }] },
      600,
      alertTimings(),
      traffic,
    );
    expect(refused).toEqual({
      kind: 'refused',
      reasons: [
        'both-psps-down expects Nobody, and no rule of that name is loaded: add the alert or drop the expectation',
      ],
    });
  });

  test('holds every committed experiment to a budget within its fault, at the rates of a drill', () => {
    const drill: Traffic = {
      loadPerSecond: 21,
      historyPerSecond: 6,
      warmup: { seconds: 200, perSecond: 18 },
      scrapeSeconds: 2,
    };
    for (const experiment of experiments) {
      const planned = plan(experiment, 70, alertTimings(), drill);
      expect(planned).toMatchObject({ kind: 'planned' });
      if (planned.kind === 'planned')
        for (const { budgetSeconds, timeToDetectSeconds: seconds } of planned.alerts)
          expect(budgetSeconds).toBeGreaterThanOrEqual(seconds);
    }
  });

  test('every experiment names a runbook that is there and alerts that exist', () => {
    const names = new Set<string>(alertTimings().map((timing) => timing.name));
    for (const experiment of experiments) {
      expect(existsSync(experiment.runbook), experiment.runbook).toBe(true);
      for (const alert of [...experiment.expectAlerts.map(({ name }) => name), ...experiment.mustStaySilent])
        expect(names.has(alert), alert).toBe(true);
      for (const fault of experiment.faults)
        expect(fault.mix.reduce((total, part) => total + part.share, 0)).toBeLessThanOrEqual(1);
    }
  });
});
