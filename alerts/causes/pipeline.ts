// Queues: how much waits, how long it waited, and whether anybody takes it.
import { queueJobs, queuePaused, queueWait } from '../../core/telemetry/metrics/pipeline.ts';
import { increase, leMatcher, selector, sum } from '../../core/telemetry/promql.ts';
import { percent } from '../burn-rate.ts';
import { type CauseAlert, saidOf, type ShareLimit, tooMany, unheard, windowOf } from './cause.ts';

const byQueue = ['queue'];

/** A tenth of the cap, where the relay stops publishing (workers/queues.ts). */
export const backlogLimit = 5_000;

/** Three times as long as the freshness objective gives an event altogether. */
export const queueWaitLimitSeconds = 15;
export const queueWaitLimit: ShareLimit = { windowSeconds: 300, minBad: 20, minShare: 0.1 };

export const takenLimit = { windowSeconds: 60 } as const;

/** A pause is for a repair; the mails of a quarter of an hour are then late, and no objective counts what is never begun. */
const pauseLimitSeconds = 900;

const paused = `max by (queue) (${selector(queuePaused)})`;

const started = sum(
  increase(selector(queueWait, {}, { suffix: '_count' }), windowOf(queueWaitLimit)),
  byQueue,
);
const inTime = sum(
  increase(
    selector(queueWait, {}, { suffix: '_bucket', extra: [leMatcher(queueWaitLimitSeconds)] }),
    windowOf(queueWaitLimit),
  ),
  byQueue,
);

export const pipelineCauses: readonly CauseAlert[] = [
  {
    name: 'QueueBacklog',
    expr: `max by (queue) (${selector(queueJobs, { state: 'waiting' })}) > ${backlogLimit}`,
    forSeconds: 60,
    rateWindowSeconds: 0,
    severity: 'ticket',
    team: 'platform',
    dashboard: 'orders',
    slow: true,
    summary: 'Jobs come faster than they are done.',
    description:
      '{{ $value | humanize }} jobs wait in {{ $labels.queue }}. Nothing is lost: at ten times as many the relay stops and events wait in PostgreSQL.',
  },
  {
    name: 'QueueSlow',
    expr: tooMany(`(${started} - ${inTime})`, started, queueWaitLimit),
    forSeconds: 0,
    rateWindowSeconds: queueWaitLimit.windowSeconds,
    severity: 'ticket',
    team: 'platform',
    dashboard: 'orders',
    slow: true,
    summary: 'Jobs wait too long before they are begun.',
    description: `{{ $value | humanize }} jobs of {{ $labels.queue }} waited longer than ${queueWaitLimitSeconds} s in ${saidOf(queueWaitLimit.windowSeconds)}, more than ${percent(queueWaitLimit.minShare)} of them.`,
  },
  {
    name: 'QueueStalled',
    expr: unheard(
      `max by (queue) (${selector(queueJobs, { state: 'waiting' })}) > 0`,
      sum(increase(selector(queueWait, {}, { suffix: '_count' }), windowOf(takenLimit)), byQueue),
      'queue',
      paused,
    ),
    // A job that came this moment waits too, and the minute before it was empty.
    forSeconds: 30,
    rateWindowSeconds: takenLimit.windowSeconds,
    severity: 'page',
    team: 'platform',
    dashboard: 'orders',
    slow: true,
    summary: 'Jobs wait and nobody takes them.',
    description: `{{ $value | humanize }} jobs wait in {{ $labels.queue }} and none was begun for ${saidOf(takenLimit.windowSeconds)}. What is never handled is never late, so no objective says this.`,
  },
  {
    name: 'QueuePaused',
    expr: `${paused} > 0`,
    forSeconds: pauseLimitSeconds,
    rateWindowSeconds: 0,
    severity: 'page',
    team: 'platform',
    dashboard: 'orders',
    slow: true,
    summary: 'A queue was paused and not resumed.',
    description: `{{ $labels.queue }} has been paused for ${saidOf(pauseLimitSeconds)}. Its jobs wait, nothing that follows an order is done, and QueueStalled says nothing of a queue that is paused.`,
  },
];
