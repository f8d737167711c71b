// What runs out before anything fails: the event loop, connections, Redis, memory.
import {
  dbPoolWait,
  heapUsedShare,
  redisMemoryUsed,
  redisUp,
} from '../../core/telemetry/metrics/platform.ts';
import { eventLoopLag } from '../../core/telemetry/metrics/runtime.ts';
import { increase, leMatcher, selector, sum } from '../../core/telemetry/promql.ts';
import { percent } from '../burn-rate.ts';
import { type CauseAlert, saidOf, type ShareLimit, tooMany, windowOf } from './cause.ts';

/** Half of SHED_LAG_MS, from where reads are refused; half of what a submission may take altogether. */
export const eventLoopLimitSeconds = 0.5;

/** Half of the second a submission has, gone before its first statement. */
export const poolWaitLimitSeconds = 0.5;
export const poolWaitLimit: ShareLimit = { windowSeconds: 300, minBad: 20, minShare: 0.05 };

/** Redis refuses writes when it is full (noeviction); a fifth is time enough to act in. */
export const redisMemoryLimit = 0.8;

/** From here V8 spends its time collecting garbage, and then ends the process. */
export const heapLimit = 0.9;

const asked = sum(increase(selector(dbPoolWait, {}, { suffix: '_count' }), windowOf(poolWaitLimit)), [
  'service',
]);
const soon = sum(
  increase(
    selector(dbPoolWait, {}, { suffix: '_bucket', extra: [leMatcher(poolWaitLimitSeconds)] }),
    windowOf(poolWaitLimit),
  ),
  ['service'],
);

const saturated = {
  severity: 'ticket',
  team: 'platform',
  dashboard: 'saturation',
  rateWindowSeconds: 0,
  slow: true,
} as const;

export const saturationCauses: readonly CauseAlert[] = [
  {
    ...saturated,
    name: 'EventLoopLag',
    expr: `max by (job) (${selector(eventLoopLag)}) > ${eventLoopLimitSeconds}`,
    forSeconds: 60,
    summary: 'A process is too busy to answer in time.',
    description:
      'For a minute the event loop of {{ $labels.job }} has been {{ $value | humanizeDuration }} late. Every request to it waits that long, and reads are refused first.',
  },
  {
    ...saturated,
    name: 'DatabasePoolWait',
    expr: tooMany(`(${asked} - ${soon})`, asked, poolWaitLimit),
    forSeconds: 0,
    rateWindowSeconds: poolWaitLimit.windowSeconds,
    summary: 'Requests queue for a database connection.',
    description: `{{ $value | humanize }} times in ${saidOf(poolWaitLimit.windowSeconds)} {{ $labels.service }} waited longer than ${poolWaitLimitSeconds} s for a connection, more than ${percent(poolWaitLimit.minShare)} of the times.`,
  },
  {
    ...saturated,
    name: 'RedisAway',
    expr: `min(${selector(redisUp)}) < 1`,
    forSeconds: 30,
    summary: 'Redis does not answer the workers.',
    description:
      'Orders go on and their events wait in PostgreSQL; mails and what else follows an order stand still. OutboxStalled pages when it lasts.',
  },
  {
    ...saturated,
    name: 'RedisMemoryHigh',
    expr: `max(${selector(redisMemoryUsed)}) > ${redisMemoryLimit}`,
    forSeconds: 60,
    summary: 'Redis is nearly full.',
    description:
      '{{ $value | humanizePercentage }} of its memory is in use; when it is full it refuses every new job.',
  },
  {
    ...saturated,
    name: 'HeapNearLimit',
    expr: `max by (job) (${selector(heapUsedShare)}) > ${heapLimit}`,
    forSeconds: 60,
    summary: 'A process is about to run out of memory.',
    description:
      'For a minute {{ $labels.job }} has used {{ $value | humanizePercentage }} of the heap it may have. Past it V8 ends the process.',
  },
];
