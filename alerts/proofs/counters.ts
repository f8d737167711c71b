// What Prometheus makes of a counter's samples, computed apart from it: the oracle that says when an alert must fire.
// The arithmetic is that of `extrapolatedRate` in Prometheus' promql/functions.go.

/** One sample a step; null = none was scraped. */
export type Samples = readonly (number | null)[];

/** A range of Prometheus 2 holds the sample on its left edge, one of Prometheus 3 does not. */
export type RangeEdge = 'closed' | 'open';

export interface Clock {
  readonly stepSeconds: number;
  readonly edge: RangeEdge;
}

/** Events in the window that ends at `step`; null with fewer than two samples, like Prometheus. */
function increaseOf(samples: Samples, step: number, windowSeconds: number, clock: Clock): number | null {
  const startSeconds = step * clock.stepSeconds - windowSeconds;
  const earliest = startSeconds / clock.stepSeconds;
  const first = clock.edge === 'closed' ? Math.ceil(earliest) : Math.floor(earliest) + 1;
  let firstAt = -1;
  let lastAt = -1;
  let count = 0;
  let firstValue = 0;
  let previous = 0;
  let increase = 0;
  for (let at = Math.max(0, first); at <= step; at += 1) {
    const value = samples[at];
    if (value === null || value === undefined) continue;
    if (count === 0) {
      firstAt = at;
      firstValue = value;
    }
    // A smaller value is a restarted process: it counts from 0.
    else increase += value < previous ? value : value - previous;
    previous = value;
    lastAt = at;
    count += 1;
  }
  if (count < 2) return null;
  const sampled = (lastAt - firstAt) * clock.stepSeconds;
  const gap = sampled / (count - 1);
  let toStart = firstAt * clock.stepSeconds - startSeconds;
  const toEnd = (step - lastAt) * clock.stepSeconds;
  if (increase > 0) toStart = Math.min(toStart, sampled * (firstValue / increase));
  const reach = (distance: number) => (distance < gap * 1.1 ? distance : gap / 2);
  return increase * ((sampled + reach(toStart) + reach(toEnd)) / sampled);
}

/** Σ over several series; null when none of them has an answer. */
export function sumOfIncreases(
  series: readonly Samples[],
  step: number,
  windowSeconds: number,
  clock: Clock,
): number | null {
  const answers = series
    .map((samples) => increaseOf(samples, step, windowSeconds, clock))
    .filter((answer) => answer !== null);
  return answers.length === 0 ? null : answers.reduce((sum, answer) => sum + answer, 0);
}

/** promtool's notation of a series, as short as runs of equal steps make it. */
export function notation(samples: Samples): string {
  const parts: string[] = [];
  let at = 0;
  while (at < samples.length) {
    const value = samples[at]!;
    if (value === null) {
      let end = at + 1;
      while (end < samples.length && samples[end] === null) end += 1;
      // After a sample the series has ended, which Prometheus is told by a marker; before the first it is not born.
      if (at > 0) parts.push('stale');
      const empty = end - at - (at > 0 ? 1 : 0);
      if (empty > 0) parts.push(`_x${empty}`);
      at = end;
      continue;
    }
    const gain = (index: number) => {
      const [from, to] = [samples[index], samples[index + 1]];
      return from === null || to === null || from === undefined || to === undefined ? null : to - from;
    };
    const step = gain(at);
    let end = at;
    while (step !== null && gain(end) === step) end += 1;
    if (end === at) parts.push(`${value}`);
    else parts.push(`${value}${step! < 0 ? '' : '+'}${step}x${end - at}`);
    at = end + 1;
  }
  return parts.join(' ');
}
