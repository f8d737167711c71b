// What a label of a series can say, wherever that is known: declared with the metric, given by an objective or an alert,
// or the edge of a bucket.
import { journeys } from '../../alerts/journeys.ts';
import { slos } from '../../alerts/slos.ts';
import { emittedBy } from '../../core/telemetry/emitted.ts';
import type { Surroundings } from './document.ts';
import { isRecordedAs, metricOf, recordedNames } from './series.ts';

const objectives = [...slos, ...journeys].map(({ id }) => id);
const jobs = Object.entries(emittedBy);

/** Both ways of writing a whole number: Prometheus 2 says `1`, Prometheus 3 `1.0`. */
const edges = (buckets: readonly number[]) => [
  ...buckets.flatMap((edge) => (Number.isInteger(edge) ? [`${edge}`, `${edge}.0`] : [`${edge}`])),
  '+Inf',
];

function ofAlerts(label: string, { runbooks }: Surroundings): readonly string[] | null {
  if (label === 'alertstate') return ['pending', 'firing'];
  // Every alert has a runbook of its name.
  if (label === 'alertname') return [...runbooks];
  // An alert that is not of an objective has no such label.
  return label === 'slo' ? [...objectives, ''] : null;
}

/** Null where any value may be. */
export function valuesOf(series: string, label: string, around: Surroundings): readonly string[] | null {
  if (series === 'ALERTS') return ofAlerts(label, around);
  if (isRecordedAs(series, ...recordedNames)) return label === 'slo' ? objectives : null;
  const metric = metricOf(series);
  if (metric === undefined) return null;
  if (label === 'le') return series.endsWith('_bucket') ? edges(metric.buckets ?? []) : null;
  if (label !== 'job') return metric.labels[label] ?? null;
  const emitting = jobs.filter(([, all]) => all.some(({ name }) => name === metric.name)).map(([job]) => job);
  return emitting.length > 0 ? emitting : jobs.map(([job]) => job);
}
