// What a run of an experiment came to: did it run, was the hypothesis true, and why. Pure.
import type { Experiment } from '../experiments/experiment.ts';
import type { BiteReport } from '../faults/effect.ts';
import { type AlertDetection, brokenSilence, detectAlert, type Window } from './detect.ts';
import type { PlannedAlert } from './plan.ts';
import type { ReceivedAlert } from './target.ts';

const runStates = [
  'planned',
  'checking',
  'armed',
  'injecting',
  'undoing',
  'settling',
  'verifying',
  'done',
] as const;
export type RunState = (typeof runStates)[number];

/** How the run ended; says nothing on the hypothesis. */
export type Ending =
  | { readonly status: 'completed' }
  /** The abort condition, or a steady state that was never there. `broken` = the shop broke its promise meanwhile. */
  | { readonly status: 'aborted'; readonly reason: string; readonly broken: boolean }
  | { readonly status: 'interrupted'; readonly reason: string }
  | { readonly status: 'failed'; readonly reason: string };

export interface ExperimentOutcome {
  readonly experiment: string;
  readonly run_id: string;
  readonly status: Ending['status'];
  /** unknown is never green: nothing bit, nothing was seen, or the run did not get to its end. */
  readonly verdict: 'true' | 'false' | 'unknown';
  readonly reason: string;
  readonly states: readonly { readonly state: RunState; readonly at_ms: number }[];
  readonly faults: readonly BiteReport[];
  readonly bitten: number;
  readonly first_bite_ms: number | null;
  readonly last_bite_ms: number | null;
  /** Null when nothing was injected. */
  readonly injected_ms: number | null;
  readonly undone_ms: number | null;
  /** Every fault is proven ended by the lab itself. */
  readonly undone: boolean;
  readonly alerts: readonly AlertDetection[];
  readonly broken_silence: readonly ReceivedAlert[];
}

export interface RunFacts {
  readonly runId: string;
  readonly ending: Ending;
  readonly states: ExperimentOutcome['states'];
  readonly faults: readonly BiteReport[];
  readonly injectedMs: number | null;
  readonly undoStartedMs: number;
  readonly undoneMs: number | null;
  readonly undoProblems: readonly string[];
  readonly untilMs: number;
  readonly planned: readonly PlannedAlert[];
  readonly received: readonly ReceivedAlert[];
}

/** The lab's clock is ours, so a fault that ended sooner than this before our undo ended by its lease. */
const undoToleranceMs = 250;

const bitesOf = (faults: readonly BiteReport[], field: 'first_bite_ms' | 'last_bite_ms') =>
  faults.map((fault) => fault[field]).filter((at) => at !== null);

type Judged = Pick<ExperimentOutcome, 'verdict' | 'reason'>;

function judge(
  experiment: Experiment,
  facts: RunFacts,
  alerts: readonly AlertDetection[],
  silence: readonly ReceivedAlert[],
): Judged {
  const { ending } = facts;
  const bitten = facts.faults.reduce((total, fault) => total + fault.bitten, 0);
  const expired = facts.faults.find(
    (fault) => fault.ended_ms !== null && fault.ended_ms < facts.undoStartedMs - undoToleranceMs,
  );
  // False first: a promise seen broken stays broken, however the run ended.
  if (ending.status === 'aborted' && ending.broken) return { verdict: 'false', reason: ending.reason };
  if (silence[0] !== undefined)
    return { verdict: 'false', reason: `${silence[0].name} had to stay silent and fired` };
  if (ending.status !== 'completed') return { verdict: 'unknown', reason: ending.reason };
  if (facts.undoProblems[0] !== undefined) return { verdict: 'unknown', reason: facts.undoProblems[0] };
  if (expired !== undefined)
    return { verdict: 'unknown', reason: `fault ${expired.id} lost its lease before its end` };
  if (bitten < experiment.minBites)
    return {
      verdict: 'unknown',
      reason: `${bitten} calls bitten, ${experiment.minBites} needed to prove anything`,
    };
  const missed = alerts.find((alert) => alert.kind !== 'detected');
  if (missed !== undefined)
    return { verdict: 'false', reason: `${missed.name}: ${missed.kind.replaceAll('_', ' ')}` };
  return { verdict: 'true', reason: `${bitten} calls bitten, ${alerts.length} alerts heard in time` };
}

export function outcomeOf(experiment: Experiment, facts: RunFacts): ExperimentOutcome {
  const firstBites = bitesOf(facts.faults, 'first_bite_ms');
  const lastBites = bitesOf(facts.faults, 'last_bite_ms');
  const window: Window = {
    firstBiteMs: firstBites.length > 0 ? Math.min(...firstBites) : null,
    untilMs: facts.untilMs,
  };
  const alerts = facts.planned.map(({ alert, budgetSeconds }) =>
    detectAlert(alert, budgetSeconds, facts.received, window),
  );
  const silence =
    facts.injectedMs === null
      ? []
      : brokenSilence(experiment, facts.received, facts.injectedMs, facts.untilMs);
  return {
    experiment: experiment.id,
    run_id: facts.runId,
    status: facts.ending.status,
    ...judge(experiment, facts, alerts, silence),
    states: facts.states,
    faults: facts.faults,
    bitten: facts.faults.reduce((total, fault) => total + fault.bitten, 0),
    first_bite_ms: window.firstBiteMs,
    last_bite_ms: lastBites.length > 0 ? Math.max(...lastBites) : null,
    injected_ms: facts.injectedMs,
    undone_ms: facts.undoneMs,
    undone: facts.undoProblems.length === 0 && facts.faults.every((fault) => fault.ended_ms !== null),
    alerts,
    broken_silence: silence,
  };
}
