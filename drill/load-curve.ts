// The run as a curve of a few seconds a point, and the peak that "go" is said of.
import type { Samples } from '../loadtests/gate/samples.ts';
import { Sketch } from '../loadtests/gate/sketch.ts';
import type { LoadPoint } from './report/model.ts';

// A minute is what shops speak of; a short replay is shorter, and then the whole of it is the minute.
const peakSeconds = 60;
// Below this a p99 is one shopper.
const minForQuantile = 10;
const pointMs = 4_000;

export function loadPoints(samples: readonly Samples[], runStartedMs: number): LoadPoint[] {
  const points = new Map<number, { orders: number; sketch: Sketch }>();
  for (const { windows } of samples) {
    for (const { startMs, steps } of windows) {
      const order = steps.get('order');
      const at = Math.floor((startMs - runStartedMs) / pointMs);
      const point = points.get(at) ?? { orders: 0, sketch: new Sketch() };
      points.set(at, point);
      if (order === undefined) continue;
      point.orders += order.total;
      point.sketch.merge(order.sketch);
    }
  }
  return [...points]
    .sort(([a], [b]) => a - b)
    .map(([at, { orders, sketch }]) => {
      const enough = sketch.count >= minForQuantile;
      return {
        at: (at * pointMs) / 1000,
        ordersPerSecond: orders / (pointMs / 1000),
        p50Ms: enough ? sketch.quantile(0.5) : null,
        p99Ms: enough ? sketch.quantile(0.99) : null,
      };
    });
}

/** Orders a minute that shoppers submitted in the busiest minute of the run. */
export function peakOrdersPerMinute(samples: readonly Samples[]): number {
  const peaks = samples.map(({ windows, windowMs, durationSeconds }) => {
    const seconds = Math.min(peakSeconds, durationSeconds);
    const width = Math.max(1, Math.round((seconds * 1000) / windowMs));
    const byWindow = new Map(
      windows.map(({ startMs, steps }) => [Math.round(startMs / windowMs), steps.get('order')?.total ?? 0]),
    );
    const firsts = [...byWindow.keys()];
    const sums = firsts.map((first) =>
      Array.from({ length: width }, (_, at) => byWindow.get(first + at) ?? 0).reduce((sum, n) => sum + n, 0),
    );
    return (Math.max(0, ...sums) / (width * windowMs)) * 60_000;
  });
  return Math.max(0, ...peaks);
}
