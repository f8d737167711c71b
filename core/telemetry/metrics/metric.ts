// What a metric is: its shape, who emits it, and how many series it can become. Data only, because k6 loads this too.

export const serviceNames = ['checkout', 'orders', 'workers'] as const;

export type Service = (typeof serviceNames)[number];

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** Shape of one metric. `labels` lists every allowed value, so that the series count is computable. */
export interface Metric {
  readonly type: MetricType;
  readonly name: string;
  readonly unit:
    | 'seconds'
    | 'requests'
    | 'orders'
    | 'jobs'
    | 'events'
    | 'state'
    | 'violations'
    | 'info'
    | 'ratio'
    | 'bytes';
  readonly help: string;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Upper bounds in the metric's unit; histograms only. */
  readonly buckets?: readonly number[];
  /** Set every label combination to 0 at boot: a series born at 1 hides its first event from increase(). */
  readonly zeroAtBoot?: boolean;
  /** The same for a metric with too many combinations: by service, only these values of these labels. */
  readonly zeroAtBootOf?: Readonly<Partial<Record<Service, Metric['labels']>>>;
  readonly exemplars?: boolean;
}

/** Labels of metric `M`, each restricted to its declared values. */
export type LabelsOf<M extends Metric> = { [K in keyof M['labels']]: M['labels'][K][number] };

/** Series of one metric under full label use: product of label values × (buckets + Inf + sum + count). */
export function seriesCount(metric: Metric): number {
  const combinations = Object.values(metric.labels).reduce((product, values) => product * values.length, 1);
  return metric.type === 'histogram' ? combinations * ((metric.buckets?.length ?? 0) + 3) : combinations;
}
