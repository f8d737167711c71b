// Checks on the run itself: did every phase end, did the faults bite and go, is the history there, did the queues drain,
// is the dashboard alive. Pure.
import type { CheckResult, CheckStatus } from '../loadtests/gate/verdict.ts';
import { type CheckName, checks } from './checks.ts';
import {
  type ExperimentFacts,
  type HistoryFacts,
  type PanelFacts,
  type QueueFacts,
  queryTitle,
  type RunFacts,
} from './facts.ts';
import { phaseNames } from './plan.ts';

const check = (
  name: CheckName,
  status: CheckStatus,
  detail: string,
  more: Pick<CheckResult, 'observed' | 'required'> = {},
): CheckResult => ({ check: name, kind: checks[name], status, detail, ...more });

export function phasesCheck(run: RunFacts): CheckResult {
  const done = new Set(run.phases.filter((phase) => phase.ended_ms !== null).map((phase) => phase.name));
  // Evidence from before there was an aftermath has none; what it would have shown, dashboard-live misses.
  const planned = phaseNames.filter(
    (name) => name !== 'aftermath' || run.phases.some((p) => p.name === name),
  );
  const missing = planned.filter((name) => !done.has(name));
  const counts = { observed: done.size, required: planned.length };
  if (run.ended_early !== null) return check('phases-completed', 'fail', run.ended_early, counts);
  return missing.length === 0
    ? check('phases-completed', 'pass', `all ${planned.length} phases came to their end`, counts)
    : check('phases-completed', 'fail', `not completed: ${missing.join(', ')}`, counts);
}

const named = (experiments: readonly ExperimentFacts[], say: (e: ExperimentFacts) => string) =>
  experiments.map((e) => `${e.id} ${say(e)}`).join('; ');

export function experimentChecks(experiments: readonly ExperimentFacts[]): CheckResult[] {
  if (experiments.length === 0)
    return (['faults-bit', 'steady-state', 'faults-undone', 'hypothesis-held'] as const).map((name) =>
      check(name, 'unknown', 'no experiment was run'),
    );
  const unbitten = experiments.filter((e) => e.bites < e.min_bites);
  const unsteady = experiments.filter((e) => e.steady_before !== true);
  const live = experiments.filter((e) => e.injected_ms !== null && !e.undo_verified);
  return [
    unbitten.length > 0
      ? check(
          'faults-bit',
          'fail',
          named(unbitten, (e) => `bit ${e.bites} calls, ${e.min_bites} are needed`),
        )
      : check(
          'faults-bit',
          'pass',
          named(experiments, (e) => `bit ${e.bites} calls`),
        ),
    unsteady.length > 0
      ? check(
          'steady-state',
          'fail',
          named(unsteady, (e) => `found no steady state before its fault: ${e.reason}`),
        )
      : check('steady-state', 'pass', 'the shop was healthy before each fault'),
    live.length > 0
      ? check(
          'faults-undone',
          'fail',
          named(live, () => 'left a fault that the lab does not list as ended'),
        )
      : check('faults-undone', 'pass', 'the lab lists every fault as ended'),
    hypothesisCheck(experiments),
  ];
}

function hypothesisCheck(experiments: readonly ExperimentFacts[]): CheckResult {
  const because = (list: readonly ExperimentFacts[]) => named(list, (e) => `${e.status}: ${e.reason}`);
  const broken = experiments.filter((e) => e.held === 'false');
  const open = experiments.filter((e) => e.held === 'unknown');
  if (broken.length > 0) return check('hypothesis-held', 'fail', because(broken));
  if (open.length > 0) return check('hypothesis-held', 'unknown', because(open));
  return check('hypothesis-held', 'pass', 'what each experiment said would hold, held');
}

export function historyCheck(history: HistoryFacts | null): CheckResult {
  if (history === null) return check('history-backfilled', 'unknown', 'no history was written');
  return check('history-backfilled', history.ok ? 'pass' : 'fail', history.detail);
}

export function queuesCheck(queues: QueueFacts | null): CheckResult {
  if (queues === null)
    return check('queues-drained', 'unknown', 'nobody looked whether the queues had drained');
  const left = Object.entries(queues.left).filter(([name, count]) => count > 0 && name !== deadLetters);
  return queues.drained
    ? check('queues-drained', 'pass', `nothing was left after ${queues.waited_seconds.toFixed(0)} s`)
    : check(
        'queues-drained',
        'fail',
        `after ${queues.waited_seconds.toFixed(0)} s there were still ${left.map(([name, count]) => `${count} ${name}`).join(', ')}`,
      );
}

/** Key of the dead letters in what drain.ts found left; waiting longer does not make them fewer. */
export const deadLetters = 'dead letters';

export function deadLetterCheck(queues: QueueFacts | null): CheckResult {
  const count = queues?.left[deadLetters];
  if (count === undefined) return check('dead-letter-left', 'unknown', 'nobody looked for dead letters');
  return count === 0
    ? check('dead-letter-left', 'pass', 'no job was given up', { observed: 0, required: 0 })
    : check('dead-letter-left', 'fail', `${count} jobs were given up and wait as dead letters`, {
        observed: count,
        required: 0,
      });
}

const sayDead = (facts: PanelFacts) => `${queryTitle(facts)} ${facts.detail}`;

export function dashboardCheck(panels: readonly PanelFacts[] | null): CheckResult {
  if (panels === null || panels.length === 0)
    return check('dashboard-live', 'unknown', 'no panel was looked at');
  const waiting = panels.filter((panel) => panel.waiting === true).length;
  const dead = panels.filter((panel) => !panel.live && panel.waiting !== true);
  const required = panels.length - waiting;
  if (required === 0) return check('dashboard-live', 'unknown', 'every panel waits for an event');
  const counts = { observed: required - dead.length, required };
  const idle = waiting === 0 ? '' : `, ${waiting} wait for an event that this run did not have`;
  return dead.length === 0
    ? check('dashboard-live', 'pass', `${required} queries had live data${idle}`, counts)
    : check('dashboard-live', 'fail', dead.map(sayDead).join('; '), counts);
}
