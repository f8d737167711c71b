// How many series one process can become under full label use, and the most it may: what it costs Prometheus, whatever its
// labels do.
import { emittedBy } from './emitted.ts';
import { createInstruments } from './instruments.ts';
import { type Metric, type Service, seriesCount } from './metrics/metric.ts';

export const maxSeriesPerProcess = 3_000;

/** A process carries one value of the service label, its own. */
const ofOneProcess = (metric: Metric): Metric =>
  metric.labels.service ? { ...metric, labels: { ...metric.labels, service: ['self'] } } : metric;

export const declaredSeries = (metrics: readonly Metric[]): number =>
  metrics.reduce((total, metric) => total + seriesCount(ofOneProcess(metric)), 0);

/** What prom-client's own collectors tell of a process beside it: nobody declares that, so it is counted. */
async function undeclaredSeries(service: Service): Promise<number> {
  const { body } = await createInstruments(service).expose();
  const declared = new Set<string>(emittedBy[service].map(({ name }) => name));
  const told = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const names = told.map((line) => line.split(/[{ ]/)[0]!);
  return names.filter(
    (name) => !declared.has(name) && !declared.has(name.replace(/_(bucket|sum|count)$/, '')),
  ).length;
}

export interface ProcessSeries {
  readonly service: Service;
  readonly metrics: number;
  readonly series: number;
  /** The metric that becomes most of them. */
  readonly largest: { readonly name: string; readonly series: number };
}

export async function seriesOfProcess(service: Service): Promise<ProcessSeries> {
  const metrics: readonly Metric[] = emittedBy[service];
  const [largest] = metrics
    .map((metric) => ({ name: metric.name, series: declaredSeries([metric]) }))
    .toSorted((a, b) => b.series - a.series);
  return {
    ...{ service, metrics: metrics.length, largest: largest! },
    series: declaredSeries(metrics) + (await undeclaredSeries(service)),
  };
}
