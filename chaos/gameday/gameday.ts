// Experiments one after the other on one target. A broken promise stops the day: what follows would be blamed on the wrong fault.
import type { Journal } from '../engine/journal.ts';
import type { ExperimentOutcome, RunState } from '../engine/outcome.ts';
import type { PlannedAlert } from '../engine/plan.ts';
import { runExperiment } from '../engine/run.ts';
import type { Target } from '../engine/target.ts';
import type { Experiment } from '../experiments/experiment.ts';

export interface Inject {
  readonly experiment: Experiment;
  readonly faultMs: number;
  readonly settleMs: number;
  readonly alerts: readonly PlannedAlert[];
}

export interface GameDayOptions {
  readonly runId: string;
  readonly journal: Journal;
  readonly seed: number;
  /** Between two injects: breakers close, the shop is steady again. */
  readonly pauseMs: number;
  readonly checkMs?: number;
  readonly signal?: AbortSignal;
  onState?(experiment: string, state: RunState, detail?: string): void;
}

export async function runGameDay(
  injects: readonly Inject[],
  target: Target,
  options: GameDayOptions,
): Promise<ExperimentOutcome[]> {
  const outcomes: ExperimentOutcome[] = [];
  for (const [at, { experiment, faultMs, settleMs, alerts }] of injects.entries()) {
    if (at > 0) await target.clock.sleep(options.pauseMs, options.signal);
    const { onState, pauseMs: _pause, ...shared } = options;
    const outcome = await runExperiment(experiment, target, {
      ...shared,
      // Each inject draws its own calls; the day as a whole repeats from one seed.
      seed: options.seed + at,
      ...{ faultMs, settleMs, alerts },
      onState: (state, detail) => onState?.(experiment.id, state, detail),
    });
    outcomes.push(outcome);
    if (outcome.status === 'interrupted' || !outcome.undone) break;
    if (outcome.status === 'aborted' && outcome.verdict === 'false') break;
  }
  return outcomes;
}
