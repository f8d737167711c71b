// The proof of "there is something to do, and nobody is heard doing it".
import { type Clock, type RangeEdge, type Samples, sumOfIncreases } from './counters.ts';
import { checksOf } from './story.ts';
import type { ProofCase } from './suite.ts';

export interface UnheardStory {
  readonly name: string;
  readonly forSeconds: number;
  readonly windowSeconds: number;
  readonly stepSeconds: number;
  readonly labels: Readonly<Record<string, string>>;
  /** What waits: a level, or events counted in the window; at `enough` somebody should be heard. */
  readonly work: {
    /** Of one of two processes: each counts half of the events; of a level one sees nothing. */
    readonly series: (instance: string) => string;
    readonly kind: 'level' | 'events';
    readonly below: number;
    readonly enough: number;
    readonly holds: (value: number) => boolean;
  };
  /** Each is heard by itself: whichever it is, somebody is there. */
  readonly heard: readonly string[];
  /** 1 while nobody has to do it; one of two processes has not heard of that. */
  readonly excused?: (instance: string) => string;
  /** Said by somebody else, or not what is meant: never to be taken for a word. */
  readonly foreign: readonly string[];
}

interface Phase {
  readonly steps: number;
  readonly work: number;
  /** Index of the series that is heard; null: nobody. */
  readonly heard: number | null;
  readonly excused?: boolean;
  readonly restart?: boolean;
  readonly gone?: boolean;
}

const longRunning = 1_048_576;
/** Less than one: that anything was heard is what counts. */
const word = 0.25;

function told(story: UnheardStory, phases: readonly Phase[]) {
  const stepsInWindow = story.windowSeconds / story.stepSeconds;
  let counter = longRunning;
  const work: (number | null)[] = [story.work.kind === 'level' ? 0 : counter];
  const heard = story.heard.map((): (number | null)[] => [longRunning]);
  const excused: (number | null)[] = [0];
  for (const phase of phases)
    for (let step = 0; step < phase.steps; step += 1) {
      counter = phase.restart ? 0 : counter + Math.round((phase.work / stepsInWindow) * 1_024) / 1_024;
      const level = story.work.kind === 'level' ? phase.work : counter;
      work.push(phase.gone ? null : level);
      excused.push(phase.gone ? null : Number(phase.excused ?? false));
      heard.forEach((samples, index) => {
        const before = samples.findLast((value) => value !== null)!;
        const now = phase.restart ? 0 : before + (phase.heard === index ? word : 0);
        samples.push(phase.gone ? null : now);
      });
    }
  return { work, heard, excused };
}

function caseOf(
  story: UnheardStory,
  what: Pick<ProofCase, 'name' | 'shows'>,
  phases: readonly Phase[],
  edge: RangeEdge,
  fires: number,
  silentAt: readonly number[],
): ProofCase {
  const clock: Clock = { stepSeconds: story.stepSeconds, edge };
  const { work, heard, excused } = told(story, phases);
  const times = (factor: number, samples: Samples) =>
    samples.map((value) => (value === null ? null : value * factor));
  const works = story.work.kind === 'level' ? [work, times(0, work)] : [times(0.5, work), times(0.5, work)];
  const instances = ['one', 'other'] as const;
  const readings = work.map((level, step) => {
    const waits =
      story.work.kind === 'level' ? level : sumOfIncreases(works, step, story.windowSeconds, clock);
    if (waits === null || !story.work.holds(waits) || excused[step] === 1) return null;
    return (sumOfIncreases(heard, step, story.windowSeconds, clock) ?? 0) > 0 ? null : waits;
  });
  const name = `${story.name}: ${what.name}`;
  const meant = Array.from({ length: fires }, () => ['fires', 'over'] as const).flat();
  return {
    shows: what.shows,
    name,
    stepSeconds: story.stepSeconds,
    series: [
      ...instances.map((instance, at) => ({ series: story.work.series(instance), samples: works[at]! })),
      ...heard.map((samples, index) => ({ series: story.heard[index]!, samples })),
      ...instances.flatMap((instance, at) =>
        story.excused === undefined
          ? []
          : [{ series: story.excused(instance), samples: times(1 - at, excused) }],
      ),
      ...story.foreign.map((series) => ({ series, samples: work.map((_, step) => longRunning + 10 * step) })),
    ],
    labels: story.labels,
    checks: checksOf(name, readings, story.forSeconds, clock, meant, silentAt),
  };
}

export function unheardCases(story: UnheardStory, edge: RangeEdge): ProofCase[] {
  const window = story.windowSeconds / story.stepSeconds;
  const wait = story.forSeconds / story.stepSeconds;
  const { below, enough } = story.work;
  const at = (steps: number, work: number, who: number | null, more: Partial<Phase> = {}): Phase => ({
    steps,
    work,
    heard: who,
    ...more,
  });
  const long = window + wait + 2;
  const busy = [
    ...story.heard.flatMap((_, index) => [at(long, enough, index), at(long, enough, null)]),
    at(2, enough, 0),
    ...(story.excused === undefined ? [] : [at(long, enough, null, { excused: true })]),
    at(long, below, null),
    at(long, enough, null),
    at(3, 0, null, { gone: true }),
  ];
  // Where nobody has to do it, it stays silent for as long as it would take to fire.
  const excusedEnds = story.excused === undefined ? [] : [(2 * story.heard.length + 1) * long + 2];
  const once = story.work.kind === 'level' ? enough : 1;
  const quiet = [
    at(long, 0, null),
    at(1, once, null),
    at(long, 0, null),
    at(1, 0, null, { restart: true }),
    at(1, once, null),
    at(long, 0, null),
  ];
  return [
    caseOf(
      story,
      {
        name: 'silent while anybody is heard and while there is too little to do, fires when nobody has been for long enough, over with the first word and with the metric',
        shows: ['just below', 'just above', 'recovery', 'metric gone'],
      },
      busy,
      edge,
      story.heard.length + 1,
      excusedEnds,
    ),
    caseOf(
      story,
      {
        name: 'silent when there is nothing to do, at one thing to do and at the first after a restart',
        shows: ['zero traffic', 'one failure at night', 'first event after a restart'],
      },
      quiet,
      edge,
      0,
      [long, long + 1, 2 * long + 3],
    ),
  ];
}
