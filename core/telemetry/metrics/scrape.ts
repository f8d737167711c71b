// What Prometheus itself says of every target it scrapes. No service emits it.
import type { Metric } from './metric.ts';

export const targetUp = {
  type: 'gauge',
  name: 'up',
  unit: 'state',
  help: '1 where the last scrape of a target got an answer, 0 where it did not.',
  labels: {},
} as const satisfies Metric;

export const scrapeMetrics = [targetUp] as const satisfies readonly Metric[];
