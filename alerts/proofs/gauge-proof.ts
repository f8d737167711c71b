// The proof of an alert on a gauge: two processes report it, one stays calm, and the other's samples are told one by one.
import type { ProofCase, ProofKind } from './suite.ts';
import type { Clock, Samples } from './counters.ts';
import { checksOf } from './story.ts';

export interface GaugeStory {
  readonly name: string;
  /** The series of one process. */
  readonly series: (instance: string) => string;
  readonly calm: number;
  /** The worst value that must stay silent, and the mildest that must not. */
  readonly below: number;
  readonly above: number;
  readonly forSeconds: number;
  readonly stepSeconds: number;
  /** The lower, the worse. */
  readonly lowest?: true;
  /** Seconds a sample goes on counting after it was taken; 0 = until the next. */
  readonly rememberedSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Series of the same metric that are none of this alert's business. */
  readonly foreign?: readonly string[];
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** The worst sample that still counts at a step. */
function worstAt(samples: Samples, step: number, story: GaugeStory, { edge }: Clock): number | null {
  const reach = (story.rememberedSeconds ?? 0) / story.stepSeconds;
  const first = reach === 0 ? step : Math.max(0, edge === 'closed' ? step - reach : step - reach + 1);
  const counted = samples.slice(first, step + 1).filter((value) => value !== null);
  if (counted.length === 0) return null;
  return story.lowest ? Math.min(...counted, story.calm) : Math.max(...counted);
}

function caseOf(
  story: GaugeStory,
  clock: Clock,
  samples: Samples,
  told: { name: string; shows: readonly ProofKind[]; fires: number; silentAt: readonly number[] },
): ProofCase {
  const readings = samples.map((_, step) => {
    const worst = worstAt(samples, step, story, clock);
    if (worst === null) return null;
    return (story.lowest ? worst <= story.above : worst >= story.above) ? worst : null;
  });
  const meant = times(told.fires, ['fires', 'over'] as const).flat();
  const name = `${story.name}: ${told.name}`;
  const calm = samples.map((value) => (value === null ? null : story.calm));
  return {
    name,
    shows: told.shows,
    stepSeconds: story.stepSeconds,
    series: [
      { series: story.series('calm'), samples: calm },
      { series: story.series('other'), samples },
      ...(story.foreign ?? []).map((series) => ({ series, samples: times(samples.length, story.above) })),
    ],
    checks: checksOf(name, readings, story.forSeconds, clock, meant, told.silentAt),
    ...(story.labels === undefined ? {} : { labels: story.labels }),
  };
}

export function gaugeCases(story: GaugeStory, edge: ProofEdge): ProofCase[] {
  const clock = { stepSeconds: story.stepSeconds, edge };
  const wait = story.forSeconds / story.stepSeconds;
  const memory = (story.rememberedSeconds ?? 0) / story.stepSeconds;
  const firing = times(wait + 2, story.above);
  const calm = (steps: number) => times(steps + memory, story.calm);
  const glimpse = wait > 0 ? [story.above] : [];
  const busy = [
    ...calm(2),
    ...times(wait + 2, story.below),
    // Shorter than `for`: a value read in the middle of something.
    ...times(wait, story.above),
    ...calm(2),
    ...firing,
    ...times(memory + 2, story.below),
    ...firing,
    ...times(memory + 3, null),
  ];
  const quiet = [null, ...calm(2), ...glimpse, ...calm(2), null, ...calm(1), ...glimpse, ...calm(2)];
  return [
    caseOf(story, clock, busy, {
      name: 'silent just below and for a glimpse, fires just above, over with it and with the metric',
      shows: ['just below', 'just above', 'recovery', 'metric gone'],
      fires: 2,
      silentAt: [2 + memory + wait + 1],
    }),
    caseOf(story, clock, quiet, {
      name: 'silent before the first sample, when nothing happens, at one glimpse and at the first after a restart',
      shows: ['zero traffic', 'one failure at night', 'first event after a restart'],
      fires: 0,
      silentAt: quiet.map((_, step) => step),
    }),
  ];
}

type ProofEdge = Clock['edge'];
