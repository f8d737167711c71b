// The experiments inside the replay, each at its planned second, and what became of them as facts.
import { type RunOptions, runExperiment } from '../chaos/engine/run.ts';
import { systemClock, type Target } from '../chaos/engine/target.ts';
import type { ExperimentOutcome, RunState } from '../chaos/engine/outcome.ts';
import type { ExperimentFacts } from './facts.ts';
import type { PlannedExperiment } from './options.ts';

// Alerts under way still arrive; late charges are awaited by the engine itself.
const settleMs = 3_000;

export async function runGameDay(
  planned: readonly PlannedExperiment[],
  replayStartedMs: number,
  target: Target,
  options: Pick<RunOptions, 'runId' | 'journal' | 'seed'> & {
    readonly signal: AbortSignal;
    onState(experiment: string, state: RunState): void;
    /** Written after each, so that an interrupted game day keeps what it had. */
    onFacts(facts: readonly ExperimentFacts[]): Promise<void>;
  },
): Promise<ExperimentFacts[]> {
  const { signal, onState, onFacts, ...engine } = options;
  const facts: ExperimentFacts[] = [];
  for (const experiment of planned) {
    const dueMs = replayStartedMs + experiment.startSeconds * 1000;
    await systemClock.sleep(Math.max(0, dueMs - Date.now()), signal);
    if (signal.aborted) break;
    const outcome = await runExperiment(experiment.definition, target, {
      ...engine,
      faultMs: experiment.faultSeconds * 1000,
      settleMs,
      ...(experiment.awaitSeconds === undefined
        ? {}
        : { awaitAlertsMs: Math.ceil(experiment.awaitSeconds) * 1000 }),
      alerts: experiment.alerts,
      signal,
      onState: (state) => onState(experiment.experiment, state),
    });
    facts.push(factsOf(experiment, outcome));
    await onFacts(facts);
  }
  return facts;
}

function factsOf(planned: PlannedExperiment, outcome: ExperimentOutcome): ExperimentFacts {
  const { definition } = planned;
  return {
    id: definition.id,
    hypothesis: definition.hypothesis,
    customers_still_can: definition.customersStillCan,
    runbook: definition.runbook,
    status: outcome.status,
    reason: outcome.reason,
    held: outcome.verdict,
    // The engine arms itself only when every probe holds.
    steady_before: outcome.states.some(({ state }) => state === 'armed'),
    injected_ms: outcome.injected_ms,
    undone_ms: outcome.undone_ms,
    undo_verified: outcome.undone,
    first_bite_ms: outcome.first_bite_ms,
    last_bite_ms: outcome.last_bite_ms,
    bites: outcome.bitten,
    min_bites: definition.minBites,
    expected: planned.alerts.map(({ alert, timeToDetectSeconds, budgetSeconds }) => ({
      name: alert.name,
      labels: { ...alert.labels },
      computed_seconds: timeToDetectSeconds,
      budget_seconds: budgetSeconds,
    })),
    must_stay_silent: [...definition.mustStaySilent],
  };
}
