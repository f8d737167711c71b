// How much of what was planned really happened, bin by bin and kind by kind.
import type { Fidelity } from './gate/samples.ts';
import type { PlannedSession } from './schedule.ts';

export interface StartedSession {
  readonly session: number;
  readonly latenessMs: number;
}

export function measureFidelity(
  schedule: readonly PlannedSession[],
  started: readonly StartedSession[],
  durationSeconds: number,
  bins: number,
): Fidelity {
  const binMs = (durationSeconds * 1000) / bins;
  const intended = new Array<number>(bins).fill(0);
  const achieved = new Array<number>(bins).fill(0);
  const mix: Record<string, { intended: number; achieved: number }> = {};
  const kind = ({ stage, market }: PlannedSession) => {
    const name = `${stage} ${market}`;
    mix[name] ??= { intended: 0, achieved: 0 };
    return mix[name];
  };
  const binOf = (offsetMs: number) => Math.min(bins - 1, Math.floor(offsetMs / binMs));
  for (const planned of schedule) {
    intended[binOf(planned.offset_ms)]! += 1;
    kind(planned).intended += 1;
  }
  for (const { session, latenessMs } of started) {
    const planned = schedule[session];
    if (planned === undefined) throw new Error(`session ${session} started but was never planned`);
    achieved[binOf(planned.offset_ms + latenessMs)]! += 1;
    kind(planned).achieved += 1;
  }
  return { binSeconds: binMs / 1000, intended, achieved, mix };
}

/** Share of the plan that happened where it was planned: of arrivals over time, and of the mix. */
export function fidelityShares({ intended, achieved, mix }: Fidelity): { arrivals: number; mix: number } {
  const rows = Object.values(mix);
  return {
    arrivals: overlap(intended, achieved),
    mix: overlap(
      rows.map((row) => row.intended),
      rows.map((row) => row.achieved),
    ),
  };
}

function overlap(intended: readonly number[], achieved: readonly number[]): number {
  const sum = intended.reduce((total, count) => total + count, 0);
  if (sum === 0) return 0;
  return intended.reduce((total, count, i) => total + Math.min(count, achieved[i] ?? 0), 0) / sum;
}
