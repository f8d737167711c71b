// Validity of the machine, from its samples. Pure.
import type { CheckResult } from '../loadtests/gate/verdict.ts';
import type { Exclusion } from '../loadtests/gate/samples.ts';
import { checks } from './checks.ts';
import type { MachineSample } from './facts.ts';

// All cores busy leaves nothing to tell a slow shop from a slow machine; a tenth of such seconds is more than a p99 bears.
const saturatedBusy = 0.97;
const maxSaturatedShare = 0.1;
// Time the hypervisor gave to others; above this the clock of every latency is wrong by as much.
const maxMeanSteal = 0.1;
const maxLoopDelayMs = 500;
// Measured on two cores: somebody waits for a core in 0.25 to 0.5 of a second that is 60 % busy, in 0.7 of one that is 95 % busy.
const maxCpuStall = 0.8;
// The same drills wait for their disk in 0.02 of a second.
const maxIoStall = 0.5;
// A quota that holds the container back at all holds everybody in it back: a fifth of a second moves any latency.
const maxThrottled = 0.2;
const maxStalledSeconds = 0.2;
// NTP slews by at most 0.5 ms a second; a step of this size moves a latency across a threshold.
const maxClockStepMs = 250;
/** Fewer samples than this say nothing about the machine. */
const minSamples = 10;

const share = (samples: readonly MachineSample[], test: (sample: MachineSample) => boolean) =>
  samples.filter(test).length / samples.length;

/** Evidence of older runs, and systems that do not tell, have none. */
const isStalled = (s: MachineSample) =>
  (s.cpu_stall ?? 0) > maxCpuStall || (s.io_stall ?? 0) > maxIoStall || (s.throttled ?? 0) > maxThrottled;

/** Why this machine cannot be trusted with a miss, or null. */
export function saturation(samples: readonly MachineSample[]): string | null {
  const busy = share(samples, (s) => s.busy > saturatedBusy);
  const steal = samples.reduce((sum, s) => sum + s.steal, 0) / samples.length;
  const late = share(samples, (s) => s.loop_delay_ms > maxLoopDelayMs);
  if (steal > maxMeanSteal)
    return `the hypervisor took ${(steal * 100).toFixed(0)} % of the processor for others`;
  if (busy > maxSaturatedShare) return `every core was busy in ${(busy * 100).toFixed(0)} % of the seconds`;
  if (late > maxSaturatedShare)
    return `the runner itself was more than ${maxLoopDelayMs} ms late in ${(late * 100).toFixed(0)} % of the seconds`;
  const stalled = share(samples, isStalled);
  if (stalled > maxStalledSeconds)
    return `work waited for a processor, a disk or its quota in ${(stalled * 100).toFixed(0)} % of the seconds`;
  return null;
}

// A queue that built up while every core was busy is worked off after it.
const aftermathMs = 3_000;
const sampleMs = 1_000;
// With less of the load than this in calm seconds, what is left of the run is not the run.
const minCalmShare = 0.5;

const isSaturated = (s: MachineSample) =>
  s.busy > saturatedBusy || s.loop_delay_ms > maxLoopDelayMs || isStalled(s);

/** The seconds in which a miss may be the machine's, each with its aftermath; null when too few others are left to judge by. */
export function saturatedSeconds(samples: readonly MachineSample[]): Exclusion[] | null {
  // Stolen time is spread over all seconds: then none of them is calm.
  if (samples.reduce((sum, s) => sum + s.steal, 0) / samples.length > maxMeanSteal) return null;
  const busy = samples
    .filter(isSaturated)
    .map((s) => ({ fromMs: s.at_ms - sampleMs, toMs: s.at_ms + aftermathMs }));
  const calm = samples.filter((s) => !busy.some(({ fromMs, toMs }) => s.at_ms > fromMs && s.at_ms <= toMs));
  return calm.length / samples.length < minCalmShare ? null : busy;
}

/**
 * `missed` = something was missed that the machine may be to blame for. Saturation is a failure only then: it makes a miss worthless, but an
 * objective met on a saturated machine is met.
 */
export function machineChecks(samples: readonly MachineSample[], missed: boolean): CheckResult[] {
  const room = { check: 'machine-had-headroom', kind: checks['machine-had-headroom'] } as const;
  const clock = { check: 'clock-steady', kind: checks['clock-steady'] } as const;
  if (samples.length < minSamples) {
    const detail = `only ${samples.length} samples of the machine, ${minSamples} are needed`;
    return [
      { ...room, status: 'unknown', detail },
      { ...clock, status: 'unknown', detail },
    ];
  }
  const why = saturation(samples);
  const step = samples.reduce((worst, s) => Math.max(worst, Math.abs(s.clock_step_ms)), 0);
  const mean = samples.reduce((sum, s) => sum + s.busy, 0) / samples.length;
  const measured = `${(mean * 100).toFixed(0)} % busy on average`;
  return [
    why === null
      ? { ...room, status: 'pass', detail: measured }
      : missed
        ? {
            ...room,
            status: 'fail',
            detail: `${why}: a miss on this machine says nothing about the shop; run on a quieter one`,
          }
        : {
            ...room,
            status: 'pass',
            detail: `${measured}; ${why}, and every objective was met all the same`,
          },
    {
      ...clock,
      status: step > maxClockStepMs ? 'fail' : 'pass',
      detail: `largest step of the clock ${step.toFixed(0)} ms`,
      observed: Math.round(step),
      required: maxClockStepMs,
    },
  ];
}
