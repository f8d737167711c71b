// What prom-client's own collectors tell of the process, as far as somebody reads it. Not made by instruments.ts and so
// not in emitted.ts: a test holds these names against what every service exposes. Which process it is, is in `job`.
import type { Metric } from './metric.ts';

export const processStart = {
  type: 'gauge',
  name: 'process_start_time_seconds',
  unit: 'seconds',
  help: 'Unix time at which the process started.',
  labels: {},
} as const satisfies Metric;

export const processCpu = {
  type: 'counter',
  name: 'process_cpu_seconds_total',
  unit: 'seconds',
  help: 'Processor time of the process, user and system.',
  labels: {},
} as const satisfies Metric;

export const residentMemory = {
  type: 'gauge',
  name: 'process_resident_memory_bytes',
  unit: 'bytes',
  help: 'Resident memory of the process.',
  labels: {},
} as const satisfies Metric;

export const heapUsed = {
  type: 'gauge',
  name: 'nodejs_heap_size_used_bytes',
  unit: 'bytes',
  help: 'Heap in use by JavaScript.',
  labels: {},
} as const satisfies Metric;

export const eventLoopLag = {
  type: 'gauge',
  name: 'nodejs_eventloop_lag_p99_seconds',
  unit: 'seconds',
  help: '99th percentile of the event loop delay since the last scrape.',
  labels: {},
} as const satisfies Metric;

export const gcDuration = {
  type: 'histogram',
  name: 'nodejs_gc_duration_seconds',
  unit: 'seconds',
  help: 'Garbage collections by kind.',
  labels: { kind: ['major', 'minor', 'incremental', 'weakcb'] },
  buckets: [0.001, 0.01, 0.1, 1, 2, 5],
} as const satisfies Metric;

export const runtimeMetrics = [
  processStart,
  processCpu,
  residentMemory,
  heapUsed,
  eventLoopLag,
  gcDuration,
] as const satisfies readonly Metric[];
