// The proof that reconciliation which has stopped is missed, also when it stopped because its process died.
import type { Metric } from '../../core/telemetry/metrics/metric.ts';
import { selector } from '../../core/telemetry/promql.ts';
import { reconciliationAgeLimitSeconds, reconciliationMemorySeconds } from '../causes.ts';
import { by, type Cases } from './cause-shapes.ts';
import type { Clock, RangeEdge, Samples } from './counters.ts';
import { checksOf } from './story.ts';
import type { ProofCase } from './suite.ts';

interface Asked {
  readonly metric: Metric;
  readonly name: string;
  readonly forSeconds: number;
}

/** Seconds since the last pass anybody remembers. */
function ageAt(workers: readonly Samples[], step: number, { stepSeconds, edge }: Clock): number | null {
  const reach = reconciliationMemorySeconds / stepSeconds;
  const first = Math.max(0, edge === 'closed' ? step - reach : step - reach + 1);
  const last = workers
    .map((samples) => samples.slice(first, step + 1).findLast((value) => value !== null))
    .filter((value) => value !== undefined && value !== null);
  return last.length === 0 ? null : step * stepSeconds - Math.max(...last);
}

function caseOf(
  told: Pick<ProofCase, 'name' | 'shows'>,
  { metric, name: alert, forSeconds }: Asked,
  worker: Samples,
  clock: Clock,
  fires: readonly ('fires' | 'over')[],
): ProofCase {
  // A second worker that had its last pass long ago: the newest pass of anybody counts.
  const idle = worker.map((value) => (value === null ? null : 0));
  const readings = worker.map((_, step) => {
    const age = ageAt([worker, idle], step, clock);
    return age !== null && age > reconciliationAgeLimitSeconds ? age : null;
  });
  const name = `${alert}: ${told.name}`;
  const series = (instance: string) => selector(metric, {}, { extra: by(instance) });
  return {
    shows: told.shows,
    name,
    stepSeconds: clock.stepSeconds,
    series: [
      { series: series('passing'), samples: worker },
      { series: series('idle'), samples: idle },
    ],
    checks: checksOf(name, readings, forSeconds, clock, fires),
  };
}

const casesOf = (asked: Asked, edge: RangeEdge): ProofCase[] => {
  const { forSeconds } = asked;
  const fine = { stepSeconds: 2, edge };
  const limit = reconciliationAgeLimitSeconds / fine.stepSeconds;
  const wait = forSeconds / fine.stepSeconds;
  const samples: (number | null)[] = [];
  const passing = (steps: number) => {
    for (let step = 0; step < steps; step += 1) samples.push(samples.length * fine.stepSeconds);
  };
  const standing = (steps: number) => {
    const last = samples.findLast((value) => value !== null)!;
    for (let step = 0; step < steps; step += 1) samples.push(last);
  };
  passing(5);
  // Exactly the limit old, and then a pass.
  standing(limit);
  passing(1);
  standing(limit + wait + 3);
  passing(1);
  for (let step = 0; step < 3; step += 1) samples.push(null);
  passing(3);
  for (let step = 0; step < limit + wait + 3; step += 1) samples.push(null);
  const hours = { stepSeconds: 1_800, edge };
  const forgotten = [
    ...[0, 1, 2].map((step) => step * hours.stepSeconds),
    ...Array.from({ length: reconciliationMemorySeconds / hours.stepSeconds + 5 }, () => null),
  ];
  return [
    caseOf(
      {
        name: 'silent at the limit, at a missed pass and after a restart; fires above it, over with the next pass; dead workers fire too',
        shows: [
          'just below',
          'just above',
          'recovery',
          'zero traffic',
          'one failure at night',
          'first event after a restart',
          'metric gone',
        ],
      },
      asked,
      samples,
      fine,
      ['fires', 'over', 'fires'],
    ),
    caseOf({ name: 'forgotten after a day', shows: [] }, asked, forgotten, hours, ['fires', 'over']),
  ];
};

export const stale =
  (metric: Metric): Cases =>
  ({ name, forSeconds }, edge) =>
    casesOf({ metric, name, forSeconds }, edge);
