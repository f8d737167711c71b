// Every metric that some process of ours emits, once. By the lists and by no metric's own name: a test that asks who reads a
// metric must load when that metric was taken out of the code.
import { emittedBy } from '../../core/telemetry/emitted.ts';
import type { Metric } from '../../core/telemetry/metrics/metric.ts';
import { runtimeMetrics } from '../../core/telemetry/metrics/runtime.ts';

export const emittedMetrics: readonly Metric[] = [
  ...new Set<Metric>([...Object.values(emittedBy).flat(), ...runtimeMetrics]),
];
