// prom-client objects made from the declared metrics. Recording goes through the declaration, so a label value that
// is not declared does not compile.
import { getHeapStatistics } from 'node:v8';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { exposeInSlices } from './exposition.ts';
import { emittedBy } from './emitted.ts';
import type { Service } from './metrics/metric.ts';
import type { LabelsOf, Metric } from './metrics/metric.ts';
import { buildInfo, heapUsedShare } from './metrics/platform.ts';

type Labels = Record<string, string>;
type Instrument = Counter | Gauge | Histogram;

export interface Instruments {
  readonly service: Service;
  /** Adds to a counter. Throws when this service does not declare that it emits the metric. */
  count<M extends Metric>(metric: M, labels: LabelsOf<M>, by?: number): void;
  /** Observes a histogram in the metric's unit; `traceId` of a sampled span becomes the exemplar. */
  observe<M extends Metric>(metric: M, labels: LabelsOf<M>, value: number, traceId?: string): void;
  set<M extends Metric>(metric: M, labels: LabelsOf<M>, value: number): void;
  /** OpenMetrics text: exemplars are only exposed in that format. */
  expose(): Promise<{ readonly contentType: string; readonly body: string }>;
}

function combinations(labels: Metric['labels']): Labels[] {
  return Object.entries(labels).reduce<Labels[]>(
    (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
}

function build(metric: Metric, registry: Registry): Instrument {
  const base = {
    // OpenMetrics appends _total to counters itself.
    name: metric.name,
    help: metric.help,
    labelNames: Object.keys(metric.labels),
    registers: [registry] as Registry[],
    enableExemplars: metric.exemplars === true,
  };
  if (metric.type === 'counter') return new Counter(base);
  if (metric.type === 'gauge')
    return new Gauge({
      name: base.name,
      help: base.help,
      labelNames: base.labelNames,
      registers: base.registers,
    });
  return new Histogram({ ...base, buckets: [...(metric.buckets ?? [])] });
}

function zero(allowed: Metric['labels'], instrument: Instrument): void {
  for (const labels of combinations(allowed)) {
    if (instrument instanceof Counter) instrument.inc(labels, 0);
    else if (instrument instanceof Gauge) instrument.set(labels, 0);
    else instrument.zero(labels);
  }
}

const silent = (service: Service): Instruments => ({
  service,
  count: () => undefined,
  observe: () => undefined,
  set: () => undefined,
  expose: async () => ({ contentType: Registry.OPENMETRICS_CONTENT_TYPE, body: '# EOF\n' }),
});

/** All instruments of one service, zeroed at boot where declared so; switched off, none that counts. */
export function createInstruments(service: Service, telemetry: 'on' | 'off' = 'on'): Instruments {
  if (telemetry === 'off') return silent(service);
  const registry = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  collectDefaultMetrics({ register: registry });
  const byName = new Map<string, Instrument>();
  for (const metric of emittedBy[service] as readonly Metric[]) {
    const instrument = build(metric, registry);
    byName.set(metric.name, instrument);
    if (metric.zeroAtBoot) zero(metric.labels, instrument);
    const some = metric.zeroAtBootOf?.[service];
    if (some !== undefined) zero({ ...metric.labels, ...some }, instrument);
  }
  const find = (metric: Metric): Instrument => {
    const instrument = byName.get(metric.name);
    if (instrument === undefined) throw new Error(`${service} does not declare ${metric.name} in emitted.ts`);
    return instrument;
  };
  const exposition = exposeInSlices(registry);
  const instruments: Instruments = {
    service,
    count(metric, labels, by = 1) {
      (find(metric) as Counter).inc(labels as Labels, by);
    },
    observe(metric, labels, value, traceId) {
      const histogram = find(metric) as Histogram;
      if (metric.exemplars !== true) {
        histogram.observe(labels as Labels, value);
        return;
      }
      // With exemplars enabled prom-client takes the object form only; empty labels leave no exemplar.
      const exemplarLabels = traceId === undefined ? {} : { trace_id: traceId };
      histogram.observe({ labels: labels as Labels, value, exemplarLabels } as never);
    },
    set(metric, labels, value) {
      (find(metric) as Gauge).set(labels as Labels, value);
    },
    async expose() {
      const { used_heap_size, heap_size_limit } = getHeapStatistics();
      instruments.set(heapUsedShare, {}, used_heap_size / heap_size_limit);
      return { contentType: registry.contentType, body: await exposition() };
    },
  };
  instruments.set(buildInfo, { service }, 1);
  return instruments;
}
