// When to stop hurting the shop. Pure: samples in, a reason out.
import type { Experiment } from '../experiments/experiment.ts';
import type { SteadySample } from './target.ts';

export type ProbeResult = SteadySample | { readonly at_ms: number; readonly failed: string };

const shareOf = (sample: SteadySample) => sample.good / sample.submissions;
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** Null when `sample` is a steady state, else what is missing. */
export function notSteady(experiment: Experiment, sample: ProbeResult): string | null {
  const { minSubmissions, minGoodShare } = experiment.steadyState;
  if ('failed' in sample) return `the probe failed: ${sample.failed}`;
  if (sample.submissions < minSubmissions)
    return `${sample.submissions} submissions seen, ${minSubmissions} needed`;
  if (shareOf(sample) < minGoodShare)
    return `${percent(shareOf(sample))} of submissions good, ${percent(minGoodShare)} needed`;
  if (sample.invariant_violations > experiment.abort.maxInvariantViolations)
    return `${sample.invariant_violations} invariants broken before anything was injected`;
  return null;
}

export interface AbortWatch {
  /** Null to go on; else why the experiment must end now. */
  see(sample: ProbeResult): string | null;
}

/**
 * An invariant has no budget, so it ends the run at once. A bad share must last for `forSeconds`, and so must blindness:
 * an engine that cannot see the shop must not go on breaking it.
 */
export function watchAbort({ abort }: Experiment): AbortWatch {
  let badSince: number | null = null;
  let blindSince: number | null = null;
  const lasted = (since: number, now: number) => now - since >= abort.forSeconds * 1_000;
  return {
    see(sample) {
      if ('failed' in sample) {
        blindSince ??= sample.at_ms;
        return lasted(blindSince, sample.at_ms)
          ? `the shop could not be probed for ${abort.forSeconds} s: ${sample.failed}`
          : null;
      }
      blindSince = null;
      if (sample.invariant_violations > abort.maxInvariantViolations)
        return `${sample.invariant_violations} invariant violations, ${abort.maxInvariantViolations} allowed`;
      // No submissions is no share: a quiet moment neither breaks nor heals.
      if (sample.submissions === 0) return null;
      if (shareOf(sample) >= abort.minGoodShare) {
        badSince = null;
        return null;
      }
      badSince ??= sample.at_ms;
      return lasted(badSince, sample.at_ms)
        ? `only ${percent(shareOf(sample))} of submissions good for ${abort.forSeconds} s, ${percent(abort.minGoodShare)} needed`
        : null;
    },
  };
}
