// What is left of a 30-day budget, on random traffic: Prometheus, with our rules, against counting every event one by one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { selector } from '../core/telemetry/promql.ts';
import { prometheus } from '../stack/prometheus.ts';
import { resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { windowSeconds } from './burn-rate.ts';
import { rangeEdgeOf } from './prometheus-tools.ts';
import { judge } from './proofs/prove.ts';
import { type AlertProof, groupsFor, type ProofCase, promtoolFiles } from './proofs/suite.ts';
import { alertRules, type RuleGroup, ruleGroups } from './rules.ts';
import { budgetExhausted } from './budget-alerts.ts';
import { ofSlo, recorded } from './sli.ts';
import { slos } from './slos.ts';

const promtool = (await resolvePart(prometheus, { progress: quiet })).binaries.promtool!;
const edge = await rangeEdgeOf(promtool);

const slo = slos.find(({ id }) => id === 'payment-authorization')!;
const stepsInMonth = 60;
const stepSeconds = windowSeconds['30d'] / stepsInMonth;

/** What one process counted between two scrapes; a restarted one counts from 0. */
interface Step {
  readonly events: number;
  readonly badShare: number;
  readonly restarts: boolean;
}
/** Every process has as many steps as the first. */
type History = readonly (readonly Step[])[];

// Nights without anybody, quiet hours, and peaks that weigh a thousand of them.
const step: fc.Arbitrary<Step> = fc.record({
  events: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1_000, max: 100_000 }) },
  ),
  badShare: fc.constantFrom(0, 0, 0.001, 0.02, 0.4, 1),
  restarts: fc.nat({ max: 19 }).map((one) => one === 0),
});
const days = stepsInMonth + 30;
const nobody: Step = { events: 0, badShare: 0, restarts: false };
const history: fc.Arbitrary<History> = fc
  .tuple(
    fc.array(fc.array(step, { minLength: days, maxLength: days }), { minLength: 1, maxLength: 3 }),
    // From some step on nobody comes any more, in some histories for longer than the window.
    fc.integer({ min: 10, max: 3 * days }),
  )
  .map(([processes, end]) => processes.map((steps) => steps.map((one, at) => (at >= end ? nobody : one))));

const badOf = ({ events, badShare }: Step) => Math.round(events * badShare);

function counter(steps: readonly Step[], count: (step: Step) => number): number[] {
  let value = 0;
  return [0, ...steps.map((one) => (value = one.restarts ? 0 : value + count(one)))];
}

const seriesOf = (processes: History): ProofCase['series'] =>
  processes.flatMap((steps, index) =>
    [
      { outcome: 'approved', count: (one: Step) => one.events - badOf(one) },
      { outcome: 'unknown', count: badOf },
    ].map(({ outcome, count }) => ({
      series: selector(
        slo.sli.metric,
        { provider: 'psp-primary', outcome },
        { extra: [`instance="${index}"`] },
      ),
      samples: counter(steps, count),
    })),
  );

/** What is left at a step, by counting; null when nobody came for a month. */
function counted(processes: History, at: number): number | null {
  // Prometheus 3 leaves the sample on the edge of its range out, and with it what was counted since.
  const from = Math.max(0, at - (edge === 'closed' ? stepsInMonth : stepsInMonth - 1));
  const within = processes.flatMap((steps) => steps.slice(from, at)).filter(({ restarts }) => !restarts);
  const sum = (count: (step: Step) => number) => within.reduce((total, one) => total + count(one), 0);
  const events = sum((one) => one.events);
  return events === 0 ? null : 1 - sum(badOf) / events / (1 - slo.objective);
}

const remaining = ofSlo(recorded.budgetRemaining, slo);
const askedAt = [20, stepsInMonth, stepsInMonth + 7, days];

function proofOf(histories: readonly History[], groups: readonly RuleGroup[] = ruleGroups()): AlertProof {
  const alert = alertRules(groups).find(
    ({ alert: name, labels }) => name === budgetExhausted && labels.slo === slo.id,
  )!;
  const cases = histories.map(
    (processes, index): ProofCase => ({
      name: `history ${index}`,
      shows: [],
      stepSeconds,
      series: seriesOf(processes),
      checks: [],
      recorded: askedAt.map((at) => ({ step: at, expr: remaining, value: counted(processes, at) })),
    }),
  );
  return { alert, groups: groupsFor(alert, groups), cases };
}

const holds = async (proof: AlertProof) =>
  (await judge(promtool, promtoolFiles(proof))).map(({ held, output }) => (held ? '' : output)).join('');

describe('the 30-day budget', () => {
  test('is what counting every event gives, whatever the traffic: nights, peaks, restarts, nobody at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(history, { minLength: 8, maxLength: 8 }), async (histories) => {
        expect(await holds(proofOf(histories))).toBe('');
      }),
      { numRuns: 2, endOnFailure: true },
    );
  }, 120_000);

  const night: Step = { events: 2, badShare: 1, restarts: false };
  const peak: Step = { events: 50_000, badShare: 0.001, restarts: false };
  const badNights = [Array.from({ length: days }, (_, at) => (at % 2 === 0 ? night : peak))];
  const withBudget = (expr: string): RuleGroup[] =>
    ruleGroups().map((group) => ({
      ...group,
      rules: group.rules.map((rule) =>
        'record' in rule && rule.record === recorded.budgetRemaining && rule.labels.slo === slo.id
          ? { ...rule, expr }
          : rule,
      ),
    }));

  test('a mean of ratios, in which a quiet night weighs as much as the peak, is found out', async () => {
    expect(counted(badNights, days)).toBeCloseTo(0.9, 1);
    expect(await holds(proofOf([badNights]))).toBe('');
    const ratio = `(${ofSlo(recorded.badIn30d, slo)} / (${ofSlo(recorded.totalIn30d, slo)} > 0))`.replaceAll(
      'increase30d',
      'rate1d',
    );
    const mean = withBudget(`1 - avg_over_time(${ratio}[30d:12h]) / 0.01`);
    expect(await holds(proofOf([badNights], mean))).toContain('got:');
  });

  test('a NaN after a month without anybody is found out', async () => {
    const empty = [Array.from({ length: days }, () => nobody)];
    expect(await holds(proofOf([empty]))).toBe('');
    const naive = withBudget(
      `1 - ${ofSlo(recorded.badIn30d, slo)} / ${ofSlo(recorded.totalIn30d, slo)} / 0.01`,
    );
    expect(await holds(proofOf([empty], naive))).toContain('NaN');
  });
});
