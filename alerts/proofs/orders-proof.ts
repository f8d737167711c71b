// The proof that orders which stay away are missed: two weeks of traffic, and a third whose first hours are told beside them.
import { checkoutSubmissions } from '../../core/telemetry/metrics/checkout.ts';
import { selector } from '../../core/telemetry/promql.ts';
import { ordersLimit } from '../causes/shoppers.ts';
import type { Cases } from './cause-shapes.ts';
import { type Samples, sumOfIncreases } from './counters.ts';
import { checksOf, over } from './story.ts';

const stepSeconds = ordersLimit.windowSeconds / 3;
const week = 604_800 / stepSeconds;
const lasts = 10;

/** Orders a step two weeks ago, one week ago, and now; null = nobody counts. */
type Hours = readonly [before: number, then: number, now: number | null];

const usual = 40;
const below = usual * ordersLimit.minShare * 0.95;
/** Of which `below` is just too many. */
const fewer = (usual * 0.95) / 1.05;
const scarce = (times: number) => (ordersLimit.minOrders / 3) * times;

const told: readonly Hours[] = [
  [usual, usual, usual],
  [usual, usual, usual * ordersLimit.minShare * 1.05],
  [usual, usual, below],
  [usual, usual, usual],
  // Only one of the two weeks was better.
  [usual, fewer, below],
  [fewer, usual, below],
  [usual, usual, usual],
  // Too few to tell from a quiet night, and just enough.
  [usual, scarce(0.96), 0],
  [usual, usual, usual],
  [usual, scarce(1.04), 0],
  [usual, usual, usual],
  [0, 0, 0],
  [usual, usual, usual],
  [usual, usual, null],
];

const exact = (count: number) => Math.round(count * 1_024) / 1_024;
const hours = told.length * lasts;

/** A counter of what was placed; it starts anew with the third week. */
function counter(share: number): (number | null)[] {
  let value = 1_048_576;
  const samples: (number | null)[] = [value];
  const add = (one: number | null, steps: number) => {
    for (let step = 0; step < steps; step += 1) {
      value += exact((one ?? 0) * share);
      samples.push(one === null ? null : value);
    }
  };
  for (const which of [0, 1] as const) {
    for (const at of told) add(at[which], lasts);
    add(usual, week - hours);
  }
  value = 0;
  for (const at of told) add(at[2], lasts);
  return samples;
}

export const fewOrders: Cases = ({ name, forSeconds }, edge) => {
  const clock = { stepSeconds, edge };
  const counted = (['placed', 'confirming'] as const).map((outcome) => ({
    series: selector(checkoutSubmissions, { outcome }),
    samples: counter(0.5),
  }));
  const steps = counted[0]!.samples.length;
  const declined: Samples = Array.from({ length: steps }, (_, step) => step * usual);
  const ordersAt = (step: number) =>
    sumOfIncreases(
      counted.map(({ samples }) => samples),
      step,
      ordersLimit.windowSeconds,
      clock,
    );
  const readings = Array.from({ length: steps }, (_, step) => {
    const [now, then, before] = [ordersAt(step), ordersAt(step - week), ordersAt(step - 2 * week)];
    if (now === null || then === null || before === null || !over(then, ordersLimit.minOrders)) return null;
    const few = [then, before].every((orders) => orders > 0 && !over(now, orders * ordersLimit.minShare));
    return few ? now : null;
  });
  return [
    {
      name: `${name}: silent just above a fifth, where one of two weeks was as bad, where there never are many, at a restart and when nobody counts; fires just below and at none`,
      shows: [
        'just below',
        'just above',
        'recovery',
        'zero traffic',
        'one failure at night',
        'first event after a restart',
        'metric gone',
      ],
      stepSeconds,
      series: [
        ...counted,
        { series: selector(checkoutSubmissions, { outcome: 'declined' }), samples: declined },
      ],
      checks: checksOf(
        name,
        readings,
        forSeconds,
        clock,
        ['fires', 'over', 'fires', 'over'],
        [
          2 * week + 1,
          2 * week + 2 * lasts,
          2 * week + 5 * lasts,
          2 * week + 6 * lasts,
          2 * week + 8 * lasts,
          2 * week + 12 * lasts,
        ],
      ),
    },
  ];
};
