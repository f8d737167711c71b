// The proof of the provider alert: enough calls without an answer, and a share of them that is no hiccup.
import { paymentAttempts, paymentTimeouts } from '../../core/telemetry/metrics/payment.ts';
import { selector } from '../../core/telemetry/promql.ts';
import { providerTimeoutLimits, timeoutsRememberedSeconds } from '../causes.ts';
import { percent } from '../burn-rate.ts';
import { type Clock, type RangeEdge, type Samples, sumOfIncreases } from './counters.ts';
import { by } from './cause-shapes.ts';
import { checksOf, over } from './story.ts';
import type { ProofCase } from './suite.ts';

const provider = 'psp-primary';
const stepSeconds = 2;
const window = providerTimeoutLimits.windowSeconds;
const windowSteps = window / stepSeconds;
const start = 1_048_576;

/** A step's timeouts and attempts, near the limits wherever those are moved to. */
const { minTimeouts, minShare } = providerTimeoutLimits;
const justBelow = (0.93 * minTimeouts) / windowSteps;
const justAbove = (1.23 * minTimeouts) / windowSteps;
const some = Math.min(1, justAbove / (2 * minShare));
const many = justAbove / (0.82 * minShare);
const tooManyOfThem = 1.22 * minShare * many;

interface Phase {
  readonly steps: number;
  readonly timeouts: number;
  readonly attempts: number;
  readonly restart?: boolean;
  readonly gone?: boolean;
}

function counter(phases: readonly Phase[], perStep: (phase: Phase) => number): (number | null)[] {
  let value = start;
  const samples: (number | null)[] = [value];
  for (const phase of phases)
    for (let step = 0; step < phase.steps; step += 1) {
      value = phase.restart ? 0 : value + Math.round(perStep(phase) * 1_024) / 1_024;
      samples.push(phase.gone ? null : value);
    }
  return samples;
}

/** Authorisations that time out, at one of two providers, half of them seen by each of two processes; queries time out too, which is not this alert's business. */
function traffic(phases: readonly Phase[]) {
  const timeouts = ['one', 'other'].map((instance) => ({
    series: selector(paymentTimeouts, { provider, operation: 'authorize' }, { extra: by(instance) }),
    samples: counter(phases, (phase) => phase.timeouts / 2),
  }));
  const attempts = ['approved', 'unknown'].map((outcome) => ({
    series: selector(paymentAttempts, { provider }, { extra: [`outcome="${outcome}"`] }),
    samples: counter(phases, (phase) => phase.attempts / 2),
  }));
  const series = [
    ...timeouts,
    ...attempts,
    {
      series: selector(paymentTimeouts, { provider, operation: 'query' }),
      samples: counter(phases, () => 3),
    },
    {
      series: selector(paymentTimeouts, { provider: 'psp-backup', operation: 'authorize' }),
      samples: counter(phases, () => 0),
    },
    {
      series: selector(paymentAttempts, { provider: 'psp-backup', outcome: 'approved' }),
      samples: counter(phases, () => 100),
    },
  ];
  return {
    timeouts: timeouts.map(({ samples }) => samples),
    attempts: attempts.map(({ samples }) => samples),
    series,
  };
}

function caseOf(
  told: Pick<ProofCase, 'name' | 'shows'>,
  phases: readonly Phase[],
  clock: Clock,
  fires: number,
  silentAt: readonly number[],
): ProofCase {
  const { timeouts, attempts, series } = traffic(phases);
  const within = (samples: readonly Samples[], step: number) => sumOfIncreases(samples, step, window, clock);
  const readings = timeouts[0]!.map((_, step) => {
    const [failed, tried] = [within(timeouts, step), within(attempts, step)];
    if (failed === null || tried === null || !over(failed, providerTimeoutLimits.minTimeouts)) return null;
    return tried === 0 || over(failed, providerTimeoutLimits.minShare * tried) ? failed : null;
  });
  const name = `PaymentProviderTimeouts: ${told.name}`;
  const meant = Array.from({ length: fires }, () => ['fires', 'over'] as const).flat();
  return {
    ...told,
    name,
    stepSeconds,
    series,
    labels: { provider },
    checks: checksOf(name, readings, 0, clock, meant, silentAt, timeoutsRememberedSeconds),
  };
}

export function timeoutCases(edge: RangeEdge): ProofCase[] {
  const clock = { stepSeconds, edge };
  const full = windowSteps + 2;
  // A breaker that opens ends the attempts, and with them the timeouts, while their cause lasts.
  const over = full + timeoutsRememberedSeconds / stepSeconds;
  const busy: Phase[] = [
    { steps: full, timeouts: justBelow, attempts: some },
    { steps: full, timeouts: justAbove, attempts: some },
    { steps: over, timeouts: 0, attempts: some },
    // More than enough of them, and too small a share of many.
    { steps: full, timeouts: justAbove, attempts: many },
    { steps: full, timeouts: tooManyOfThem, attempts: many },
    { steps: over, timeouts: 0, attempts: 0, gone: true },
  ];
  const quiet: Phase[] = [
    { steps: full, timeouts: 0, attempts: 0 },
    { steps: 1, timeouts: 1, attempts: 1 },
    { steps: full, timeouts: 0, attempts: 0 },
    { steps: 1, timeouts: 0, attempts: 0, restart: true },
    { steps: 1, timeouts: 1, attempts: 1 },
    { steps: full, timeouts: 0, attempts: 0 },
    // Calls still hang and nobody tries any more: any timeout is more than its share.
    { steps: full, timeouts: justAbove, attempts: 0 },
    { steps: over, timeouts: 0, attempts: 0 },
  ];
  return [
    caseOf(
      {
        name: `silent below ${minTimeouts} timeouts and below ${percent(minShare)}, fires above both, over ${timeoutsRememberedSeconds} s after them and when the metric is gone`,
        shows: ['just below', 'just above', 'recovery', 'metric gone'],
      },
      busy,
      clock,
      2,
      [full, 3 * full + over],
    ),
    caseOf(
      {
        name: 'silent without traffic, at one timeout and at the first after a restart; hanging calls need no attempts',
        shows: ['zero traffic', 'one failure at night', 'first event after a restart'],
      },
      quiet,
      clock,
      1,
      [full, full + 1, 2 * full + 3],
    ),
  ];
}
