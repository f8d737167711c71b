// The text of all metrics. Written in one go it is some milliseconds in which nobody is answered, every two seconds: the
// slowest of a hundred requests feel it. So others get their turn in between.
import { setImmediate as turn } from 'node:timers/promises';
import type { Registry } from 'prom-client';

/** Longest that a request waits behind it, but for a single metric that takes longer. */
const sliceMs = 0.5;

export function exposeInSlices(registry: Registry): () => Promise<string> {
  let names: readonly string[] | null = null;
  return async () => {
    if (names === null) {
      // The registry's own gives counters the names of OpenMetrics, once; they stay known by those they were registered with.
      names = registry.getMetricsAsArray().map(({ name }) => name);
      return registry.metrics();
    }
    const texts: string[] = [];
    let since = performance.now();
    for (const name of names) {
      texts.push(await registry.getSingleMetricAsString(name));
      if (performance.now() - since < sliceMs) continue;
      await turn();
      since = performance.now();
    }
    return `${texts.join('\n')}\n# EOF\n`;
  };
}
