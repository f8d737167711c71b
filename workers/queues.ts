// The queues as data: what is retried how often, how many at once, and what happens when one is full.
import type { OrderEventV1 } from '../core/contracts/events.ts';
import { queueNames } from '../core/telemetry/metrics/pipeline.ts';

export type QueueName = (typeof queueNames)[number];

export interface QueueSpec {
  readonly name: QueueName;
  /** Runs before a job is a dead letter. */
  readonly attempts: number;
  /** First pause after a failure; doubles up to `backoffLimitMs`, and half of it is jitter. */
  readonly backoffMs: number;
  readonly backoffLimitMs: number;
  readonly concurrency: number;
  /** Below the click each job has its own, unless the handler makes one for many: those are no step on the way to a mail. */
  readonly spans: 'job' | 'batch';
  /**
   * Jobs waiting or delayed. At the cap the relay stops publishing: events stay in the outbox, which grows in
   * PostgreSQL and whose age is alerted on. Nothing is refused, nothing is dropped.
   */
  readonly cap: number;
}

const specs = {
  // 60 runs at up to 15 s: a mail server may be away for a quarter of an hour before anyone's mail is a dead letter.
  notifications: {
    attempts: 60,
    backoffMs: 250,
    backoffLimitMs: 15_000,
    concurrency: 8,
    spans: 'job',
    cap: 50_000,
  },
  // Its effect is one statement for many jobs: while one is under way the next gathers, and a third is on its way through Redis.
  'order-events': {
    attempts: 60,
    backoffMs: 250,
    backoffLimitMs: 15_000,
    concurrency: 300,
    spans: 'batch',
    cap: 50_000,
  },
} as const satisfies Record<QueueName, Omit<QueueSpec, 'name'>>;

export const queues: readonly QueueSpec[] = queueNames.map((name) => ({ name, ...specs[name] }));
export const queueNamed = (name: QueueName): QueueSpec => ({ name, ...specs[name] });

/** Who must have handled an event before it is done. The event's id is the job's id in each of these queues. */
export const consumersOf = {
  'order.placed': ['order-events'],
  'order.authorized': ['notifications', 'order-events'],
  'order.cancelled': ['order-events'],
  'order.captured': ['order-events'],
  'order.shipped': ['notifications', 'order-events'],
  'order.refunded': ['notifications', 'order-events'],
  'order.returned': ['order-events'],
  'order.disputed': ['order-events'],
  'order.charged_back': ['order-events'],
} as const satisfies Record<OrderEventV1['type'], readonly QueueName[]>;

export const typesFor = (name: QueueName): string[] =>
  Object.entries(consumersOf).flatMap(([type, names]) =>
    (names as readonly string[]).includes(name) ? [type] : [],
  );

/**
 * Ids of finished jobs that the queue remembers, so that an event published twice is one job: for longer than a relay that
 * died between publishing and marking takes to be replaced, and no more than Redis has memory for (about 1 kB each). Past
 * either the inbox still knows the event.
 */
export const rememberFinished = { age: 3_600, count: 20_000 } as const;

/** Pause before run `failures + 1`. */
export function backoffMs(spec: QueueSpec, failures: number, random: () => number = Math.random): number {
  const full = Math.min(spec.backoffLimitMs, spec.backoffMs * 2 ** Math.max(0, failures - 1));
  return Math.round(full * (0.5 + random() / 2));
}
