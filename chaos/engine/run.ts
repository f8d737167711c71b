// One experiment, from planned to done. Whatever happens on the way, the faults are undone.
import type { Experiment } from '../experiments/experiment.ts';
import type { BiteReport, Effect } from '../faults/effect.ts';
import { leaseMs, providerEffect } from '../faults/provider.ts';
import { notSteady, type ProbeResult, watchAbort } from './abort.ts';
import { detectAlert } from './detect.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { type Ending, type ExperimentOutcome, outcomeOf, type RunState } from './outcome.ts';
import type { PlannedAlert } from './plan.ts';
import type { ReceivedAlert, Target } from './target.ts';

export interface RunOptions {
  readonly runId: string;
  readonly journal: Journal;
  readonly seed: number;
  readonly faultMs: number;
  /** After the undo: late charges land, alerts under way arrive. */
  readonly settleMs: number;
  /** How long from the injection the planned alerts are waited for, when that is longer. */
  readonly awaitAlertsMs?: number;
  /** How long the steady state may take to show itself before the experiment is refused. */
  readonly checkMs?: number;
  readonly probeEveryMs?: number;
  readonly alerts: readonly PlannedAlert[];
  /** Ctrl-C: undoes at once and ends as interrupted. */
  readonly signal?: AbortSignal;
  onState?(state: RunState, detail?: string): void;
}

const never = new AbortController().signal;
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

export async function runExperiment(
  experiment: Experiment,
  target: Target,
  options: RunOptions,
): Promise<ExperimentOutcome> {
  const { clock } = target;
  const { runId, journal, faultMs, settleMs } = options;
  const { checkMs = 15_000, probeEveryMs = 1_000, signal = never } = options;
  const id = `${runId}-${experiment.id}`;
  const effects = experiment.faults.map((fault) =>
    providerEffect(fault, { controlUrl: target.labControlUrl, runId: id, seed: options.seed }),
  );
  const states: { state: RunState; at_ms: number }[] = [];
  const touched: Effect[] = [];
  let injectedMs: number | null = null;

  const write = (entry: JournalEntry) => journal.write(id, entry);
  async function enter(state: RunState, detail?: string): Promise<void> {
    states.push({ state, at_ms: clock.nowMs() });
    options.onState?.(state, detail);
    await write(detail === undefined ? { kind: 'state', state } : { kind: 'state', state, detail });
  }
  async function probe(): Promise<ProbeResult> {
    try {
      return await target.probe();
    } catch (error) {
      return { at_ms: clock.nowMs(), failed: messageOf(error) };
    }
  }
  const interrupted = { status: 'interrupted', reason: 'interrupted by the operator' } as const;

  async function check(): Promise<Ending | 'steady'> {
    const deadline = clock.nowMs() + checkMs;
    for (;;) {
      if (signal.aborted) return interrupted;
      const missing = notSteady(experiment, await probe());
      if (missing === null) return 'steady';
      if (clock.nowMs() >= deadline)
        return { status: 'aborted', reason: `no steady state: ${missing}`, broken: false };
      await clock.sleep(probeEveryMs, signal);
    }
  }

  async function inject(): Promise<Ending> {
    await enter('injecting');
    for (const effect of effects) {
      const { sentence, undo } = effect.plan();
      await write({ kind: 'undo', undo, sentence });
      // From here on it counts as applied: a call that timed out may have started the fault.
      touched.push(effect);
      await write({ kind: 'apply', fault_id: undo.fault_id });
      await effect.apply();
      if ((await effect.verify()).presence !== 'live')
        return { status: 'failed', reason: `the lab does not list the fault: ${sentence}` };
    }
    injectedMs = clock.nowMs();
    const watch = watchAbort(experiment);
    for (let end = injectedMs + faultMs; clock.nowMs() < end; ) {
      await clock.sleep(Math.min(probeEveryMs, Math.max(0, end - clock.nowMs())), signal);
      if (signal.aborted) return interrupted;
      const reason = watch.see(await probe());
      if (reason !== null) return { status: 'aborted', reason, broken: true };
    }
    return { status: 'completed' };
  }

  async function injectWhenSteady(): Promise<Ending> {
    await enter('planned', experiment.hypothesis);
    await enter('checking');
    const checked = await check();
    if (checked !== 'steady') return checked;
    await enter('armed');
    return inject();
  }

  /** Newest first; one that fails keeps no other alive; what cannot be ended is left to its lease and looked at again. */
  async function undoAll(): Promise<string[]> {
    const problems: string[] = [];
    for (const effect of [...touched].reverse()) {
      const { fault_id } = effect.plan().undo;
      try {
        await effect.undo();
      } catch (error) {
        await clock.sleep(leaseMs);
        const seen = await effect.verify().catch(() => null);
        if (seen === null || seen.presence === 'live') {
          problems.push(messageOf(error));
          continue;
        }
      }
      await write({ kind: 'undone', fault_id }).catch((error) => problems.push(messageOf(error)));
    }
    return problems;
  }

  async function readFaults(): Promise<BiteReport[]> {
    const seen = await Promise.all(touched.map((effect) => effect.verify().catch(() => null)));
    return seen.flatMap((found) => (found?.report ? [found.report] : []));
  }

  /** The whole settle time while alerts are awaited; and longer, bounded, while accepted charges are not made yet. */
  async function settle(): Promise<void> {
    await clock.sleep(settleMs, signal);
    for (let left = 20; left > 0 && !signal.aborted; left--) {
      if ((await readFaults()).every((fault) => fault.late_pending === 0)) return;
      await clock.sleep(probeEveryMs, signal);
    }
  }

  /** What a long window remembers is heard after the fault: until the last of them is, or their time is over. */
  async function awaitAlerts(): Promise<void> {
    const firstBiteMs = injectedMs;
    if (firstBiteMs === null || options.awaitAlertsMs === undefined) return;
    const heard = (received: readonly ReceivedAlert[]) =>
      options.alerts.every(({ alert, budgetSeconds }) => {
        const { received_ms } = detectAlert(alert, budgetSeconds, received, {
          ...{ firstBiteMs, untilMs: Number.POSITIVE_INFINITY },
        });
        return received_ms !== null;
      });
    while (clock.nowMs() < firstBiteMs + options.awaitAlertsMs && !signal.aborted) {
      if (heard(await target.alertsReceived())) return;
      await clock.sleep(probeEveryMs, signal);
    }
  }

  let ending: Ending;
  try {
    ending = await injectWhenSteady();
  } catch (error) {
    ending = { status: 'failed', reason: messageOf(error) };
  }
  const undoStartedMs = clock.nowMs();
  // A journal that cannot be written must not keep a fault alive.
  const late: string[] = [];
  const tryEnter = (state: RunState) => enter(state).catch((error) => void late.push(messageOf(error)));
  await tryEnter('undoing');
  const undoProblems = await undoAll();
  const undoneMs = touched.length === 0 ? null : clock.nowMs();
  await tryEnter('settling');
  if (ending.status === 'completed') {
    await settle();
    await awaitAlerts();
  }
  await tryEnter('verifying');
  const faults = await readFaults();
  const received = await target.alertsReceived();
  const untilMs = clock.nowMs();
  await tryEnter('done');
  return outcomeOf(experiment, {
    ...{ runId, ending, states, faults, injectedMs, undoStartedMs, undoneMs, untilMs, received },
    undoProblems: [...undoProblems, ...late],
    planned: options.alerts,
  });
}
