// Every series a query may name: what the services emit, what the runtime tells, what the rules record, what Prometheus says.
import { type Window, windowSeconds } from '../../alerts/burn-rate.ts';
import { recorded } from '../../alerts/sli.ts';
import { emittedBy } from '../../core/telemetry/emitted.ts';
import type { Metric } from '../../core/telemetry/metrics/metric.ts';
import { runtimeMetrics } from '../../core/telemetry/metrics/runtime.ts';

const emitted: ReadonlyMap<string, Metric> = new Map(
  [...Object.values(emittedBy).flat(), ...runtimeMetrics].map((metric) => [metric.name, metric]),
);

const histogramEnding = /_(bucket|sum|count)$/;

/** Declared and emitted by somebody; a histogram is read through the series it becomes. */
export function metricOf(name: string, among: ReadonlyMap<string, Metric> = emitted): Metric | undefined {
  const whole = among.get(name);
  if (whole !== undefined) return whole.type === 'histogram' ? undefined : whole;
  const histogram = among.get(name.replace(histogramEnding, ''));
  return histogram?.type === 'histogram' ? histogram : undefined;
}

const windows = Object.keys(windowSeconds) as Window[];
const labelsOfRecorded: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(recorded).flatMap(([key, name]) => {
    const labels =
      key === 'spentByStep' ? ['slo', 'step'] : key === 'spentByProvider' ? ['slo', 'provider'] : ['slo'];
    const names = typeof name === 'string' ? [name] : windows.map(name);
    return names.map((one): [string, readonly string[]] => [one, labels]);
  }),
);

/** Recorded under one of these names, over any window. */
export const isRecordedAs = (name: string, ...names: readonly (string | ((window: Window) => string))[]) =>
  names.some((one) =>
    typeof one === 'string' ? one === name : windows.some((window) => one(window) === name),
  );

export const recordedNames = Object.values(recorded);

/** Prometheus writes it about alerts, with whatever labels they have. */
const alertSeries = 'ALERTS';

/** Labels that Prometheus puts on every series it scrapes. */
const scraped = ['job', 'instance', 'le'];

/** Labels a series of this name can have; null when there is no such series, `any` where nobody can say. */
export function labelsOf(name: string, find: typeof metricOf = metricOf): readonly string[] | 'any' | null {
  if (name === alertSeries) return 'any';
  const metric = find(name);
  if (metric !== undefined) return [...Object.keys(metric.labels), ...scraped];
  return labelsOfRecorded.get(name) ?? null;
}
