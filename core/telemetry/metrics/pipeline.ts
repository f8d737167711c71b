// What happens after the answer is given: outbox, queues, mails.
import type { Metric } from './metric.ts';

export const pipelineEventAge = {
  type: 'histogram',
  name: 'pipeline_event_age_seconds',
  unit: 'seconds',
  help: 'From an order event committed to its last consumer having handled it.',
  labels: {},
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300],
  zeroAtBoot: true,
} as const satisfies Metric;

export const notificationDelay = {
  type: 'histogram',
  name: 'notification_delay_seconds',
  unit: 'seconds',
  help: 'From an order authorised to its confirmation accepted by SMTP.',
  labels: {},
  buckets: [0.5, 1, 2.5, 5, 15, 30, 60, 120, 300],
  zeroAtBoot: true,
} as const satisfies Metric;

export const outboxPending = {
  type: 'gauge',
  name: 'outbox_pending_events',
  unit: 'events',
  help: 'Outbox rows not yet published.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const outboxOldestAge = {
  type: 'gauge',
  name: 'outbox_oldest_age_seconds',
  unit: 'seconds',
  help: 'Age of the oldest unpublished outbox row; 0 when there is none.',
  labels: {},
  zeroAtBoot: true,
} as const satisfies Metric;

export const queueNames = ['notifications', 'order-events'] as const;

export const queueJobs = {
  type: 'gauge',
  name: 'queue_jobs',
  unit: 'jobs',
  help: 'Jobs in a BullMQ queue by state.',
  labels: { queue: queueNames, state: ['waiting', 'active', 'delayed', 'failed'] },
  zeroAtBoot: true,
} as const satisfies Metric;

export const queuePaused = {
  type: 'gauge',
  name: 'queue_paused',
  unit: 'state',
  help: '1 while nobody may take a job from the queue, because somebody paused it.',
  labels: { queue: queueNames },
  zeroAtBoot: true,
} as const satisfies Metric;

export const queueWait = {
  type: 'histogram',
  name: 'queue_wait_seconds',
  unit: 'seconds',
  help: 'From job added to job started.',
  labels: { queue: queueNames },
  buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
} as const satisfies Metric;
