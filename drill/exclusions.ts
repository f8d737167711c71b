// What the objectives leave out: each fault, and the while the shop needs to settle after it; and the aftermath.
import type { Exclusion } from '../loadtests/gate/samples.ts';
import type { ExperimentFacts, RunFacts } from './facts.ts';

// The breaker of a payment provider tries again after 5 s, and one probe must have come back.
const settleMs = 8_000;

export function exclusionsOf(
  experiments: readonly ExperimentFacts[],
  { ended_ms, phases }: Pick<RunFacts, 'ended_ms' | 'phases'>,
): Exclusion[] {
  const faults = experiments.flatMap(({ injected_ms, undone_ms }) =>
    injected_ms === null ? [] : [{ fromMs: injected_ms, toMs: (undone_ms ?? ended_ms) + settleMs }],
  );
  // The load is over and settled by then; what fails, fails on purpose.
  const aftermath = phases
    .filter(({ name }) => name === 'aftermath')
    .map(({ started_ms }) => ({ fromMs: started_ms, toMs: ended_ms }));
  return [...faults, ...aftermath];
}
