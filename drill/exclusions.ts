// What the objectives leave out: each fault, and the while the shop needs to settle after it.
import type { Exclusion } from '../loadtests/gate/samples.ts';
import type { ExperimentFacts } from './facts.ts';

// The breaker of a payment provider tries again after 5 s, and one probe must have come back.
const settleMs = 8_000;

export function exclusionsOf(experiments: readonly ExperimentFacts[], runEndedMs: number): Exclusion[] {
  return experiments.flatMap(({ injected_ms, undone_ms }) =>
    injected_ms === null ? [] : [{ fromMs: injected_ms, toMs: (undone_ms ?? runEndedMs) + settleMs }],
  );
}
