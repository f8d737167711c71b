// The process and its connections.
import { type Metric, serviceNames } from './metric.ts';

export const dbPoolWait = {
  type: 'histogram',
  name: 'db_client_connection_wait_time_seconds',
  unit: 'seconds',
  help: 'Time to obtain a PostgreSQL connection for a transaction or a statement.',
  labels: { service: serviceNames },
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
} as const satisfies Metric;

export const dbPoolUse = {
  type: 'histogram',
  name: 'db_client_connection_use_time_seconds',
  unit: 'seconds',
  help: 'Time a PostgreSQL connection was held for a transaction or a statement, from obtained to given back.',
  labels: { service: serviceNames },
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
} as const satisfies Metric;

export const buildInfo = {
  type: 'gauge',
  name: 'app_build_info',
  unit: 'info',
  help: 'Always 1; the service that runs.',
  labels: { service: serviceNames },
} as const satisfies Metric;

export const heapUsedShare = {
  type: 'gauge',
  name: 'process_heap_used_ratio',
  unit: 'ratio',
  help: 'Heap in use as a share of what V8 may take before it ends the process.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const redisUp = {
  type: 'gauge',
  name: 'redis_up',
  unit: 'state',
  help: '1 while Redis answers the workers, 0 while it is away.',
  labels: {},
} as const satisfies Metric;

export const redisMemoryUsed = {
  type: 'gauge',
  name: 'redis_memory_used_ratio',
  unit: 'ratio',
  help: 'Memory in use as a share of maxmemory, where writes are refused; 0 without a limit.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;
