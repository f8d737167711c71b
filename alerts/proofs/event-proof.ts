// The proof of an alert that one event sets off, and that remembers it for a while.
import { type Clock, type RangeEdge, sumOfIncreases } from './counters.ts';
import { checksOf } from './story.ts';
import type { ProofCase } from './suite.ts';

export interface EventStory {
  readonly name: string;
  readonly series: string;
  readonly windowSeconds: number;
  readonly stepSeconds: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Less than one, so that the limit is told from the next number. */
const event = 0.5;

export function eventCases(story: EventStory, edge: RangeEdge): ProofCase[] {
  const clock: Clock = { stepSeconds: story.stepSeconds, edge };
  const window = story.windowSeconds / story.stepSeconds;
  const samples: (number | null)[] = [1_024];
  const add = (steps: number, next: (before: number) => number | null) => {
    for (let step = 0; step < steps; step += 1)
      samples.push(next(samples.findLast((value) => value !== null)!));
  };
  const calm = (value: number) => value;
  add(window, calm);
  add(1, (value) => value + event);
  add(window + 2, calm);
  add(1, () => 0);
  add(1, (value) => value + event);
  add(window + 2, calm);
  add(1, (value) => value + event);
  add(window + 2, () => null);
  const name = `${story.name}: silent without an event, fires at the first one, also after a restart, over when it is forgotten and when the metric is gone`;
  const readings = samples.map((_, step) => {
    const events = sumOfIncreases([samples], step, story.windowSeconds, clock);
    return events !== null && events > 0 ? events : null;
  });
  const meant = Array.from({ length: 3 }, () => ['fires', 'over'] as const).flat();
  return [
    {
      name,
      shows: [
        'just below',
        'just above',
        'recovery',
        'zero traffic',
        'one failure at night',
        'first event after a restart',
        'metric gone',
      ],
      stepSeconds: story.stepSeconds,
      series: [{ series: story.series, samples }],
      labels: story.labels,
      checks: checksOf(name, readings, 0, clock, meant, [window]),
    },
  ];
}
