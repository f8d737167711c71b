// The proof of "enough of them, and too large a share": counters told phase by phase, at a tenth of the window a step.
import type { ShareLimit } from '../causes/cause.ts';
import { type Clock, type RangeEdge, type Samples, sumOfIncreases } from './counters.ts';
import { checksOf, over } from './story.ts';
import type { ProofCase } from './suite.ts';

/** One counter: which part of the phase's events it counts. `foreign` counts a lot that is none of this alert's business. */
export interface ShareSeries {
  readonly series: string;
  readonly counts: 'all' | 'good' | 'bad' | 'foreign';
  readonly share?: number;
}

export interface ShareStory {
  readonly name: string;
  readonly limit: ShareLimit;
  readonly labels: Readonly<Record<string, string>>;
  readonly series: readonly ShareSeries[];
}

interface Phase {
  readonly steps: number;
  /** Events in a whole window. */
  readonly bad: number;
  readonly all: number;
  readonly restart?: boolean;
  readonly gone?: boolean;
}

const stepsInWindow = 10;
const longRunning = 1_048_576;
/** Binary fractions add up without an error. */
const exact = (count: number) => Math.round(count * 1_024) / 1_024;

function samplesOf({ counts, share = 1 }: ShareSeries, phases: readonly Phase[]): (number | null)[] {
  let value = longRunning;
  const samples: (number | null)[] = [value];
  for (const phase of phases)
    for (let step = 0; step < phase.steps; step += 1) {
      const inWindow = { all: phase.all, bad: phase.bad, good: phase.all - phase.bad, foreign: 10_000 }[
        counts
      ];
      value = phase.restart ? 0 : value + exact((inWindow * share) / stepsInWindow);
      samples.push(phase.gone && counts !== 'foreign' ? null : value);
    }
  return samples;
}

function caseOf(
  story: ShareStory,
  told: Pick<ProofCase, 'name' | 'shows'>,
  phases: readonly Phase[],
  edge: RangeEdge,
  fires: number,
  silentAt: readonly number[],
): ProofCase {
  const clock: Clock = { stepSeconds: story.limit.windowSeconds / stepsInWindow, edge };
  const counted = story.series.map((one) => ({ ...one, samples: samplesOf(one, phases) }));
  const within = (counts: ShareSeries['counts'], step: number): number | null => {
    const series: Samples[] = counted.filter((one) => one.counts === counts).map(({ samples }) => samples);
    return series.length === 0 ? null : sumOfIncreases(series, step, story.limit.windowSeconds, clock);
  };
  const { minBad, minShare } = story.limit;
  const readings = counted[0]!.samples.map((_, step) => {
    const [good, bad, all] = [within('good', step), within('bad', step), within('all', step)];
    if (good === null || (bad === null && all === null)) return null;
    const failed = bad ?? all! - good;
    if (!over(failed, minBad)) return null;
    return over(failed, minShare * (all ?? good + bad!)) ? failed : null;
  });
  const name = `${story.name}: ${told.name}`;
  const meant = Array.from({ length: fires }, () => ['fires', 'over'] as const).flat();
  return {
    shows: told.shows,
    name,
    stepSeconds: clock.stepSeconds,
    series: counted,
    labels: story.labels,
    checks: checksOf(name, readings, 0, clock, meant, silentAt),
  };
}

export function shareCases(story: ShareStory, edge: RangeEdge): ProofCase[] {
  const { minBad, minShare } = story.limit;
  const full = stepsInWindow + 2;
  const at = (times: number, all: number, more: Partial<Phase> = {}): Phase => ({
    steps: full,
    bad: minBad * times,
    all,
    ...more,
  });
  // Enough of them, and below the share; then the share alone decides.
  const busyAll = (minBad * 1.23) / (0.82 * minShare);
  const busy = [
    at(0.93, 2 * minBad),
    at(1.23, 2 * minBad),
    at(0, busyAll),
    at(1.23, busyAll),
    at(1.23 * 1.47, busyAll),
    at(0, 0, { gone: true }),
  ];
  const quiet: Phase[] = [
    at(0, 0),
    { steps: 1, bad: stepsInWindow, all: stepsInWindow },
    at(0, 0),
    { steps: 1, bad: 0, all: 0, restart: true },
    { steps: 1, bad: stepsInWindow, all: stepsInWindow },
    at(0, 0),
  ];
  return [
    caseOf(
      story,
      {
        name: 'silent below the number and below the share, fires above both, over with them and with the metric',
        shows: ['just below', 'just above', 'recovery', 'metric gone'],
      },
      busy,
      edge,
      2,
      [full, 4 * full],
    ),
    caseOf(
      story,
      {
        name: 'silent without traffic, at one bad event and at the first after a restart',
        shows: ['zero traffic', 'one failure at night', 'first event after a restart'],
      },
      quiet,
      edge,
      0,
      [full, full + 1, 2 * full + 3],
    ),
  ];
}
