// The wrapper of every job: span with its messaging attributes (unless the handler makes one for many), wait observed, envelope checked, retries as declared.
import { setTimeout as pause } from 'node:timers/promises';
import { type Context, context, type Link, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { type Job, UnrecoverableError, Worker } from 'bullmq';
import { z } from 'zod';
import { type Envelope, orderEventV1 } from '../core/contracts/events.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { errorFields, type Log } from '../core/telemetry/log.ts';
import { queueWait } from '../core/telemetry/metrics/pipeline.ts';
import { alwaysSample, contextFrom, withSpan } from '../core/telemetry/tracing.ts';
import { backoffMs, type QueueSpec } from './queues.ts';
import { consumerConnection, type Producer } from './redis.ts';

const envelope = z.object({
  event: orderEventV1,
  traceparent: z.string().nullable(),
  correlation_id: z.string(),
  deadline_ms: z.number(),
});

/** Rejects when the job must run again; throws UnrecoverableError when running it again is pointless. */
export type Handle = (envelope: Envelope) => Promise<void>;

export interface ConsumerDeps {
  readonly redisUrl: string;
  readonly producer: Producer;
  readonly instruments: Instruments;
  readonly log: Log;
}

/** Older events get a trace of their own that links back: one trace must not span a day of retries. */
const childWithinMs = 60_000;

export function traceOf(
  { event, traceparent }: Envelope,
  now = Date.now(),
): { parent: Context; links: Link[] } {
  const cause = contextFrom(traceparent);
  const span = trace.getSpanContext(cause);
  if (now - event.occurred_at_ms < childWithinMs || span === undefined) return { parent: cause, links: [] };
  return { parent: ROOT_CONTEXT, links: [{ context: span }] };
}

const pointless = (reason: string) => new UnrecoverableError(reason);

/** The job processor of a queue, apart from BullMQ's loop around it. */
export function processorOf(spec: QueueSpec, { instruments }: ConsumerDeps, handle: Handle) {
  return async (job: Pick<Job, 'id' | 'data' | 'timestamp' | 'attemptsMade'>): Promise<void> => {
    const parsed = envelope.safeParse(job.data);
    if (!parsed.success) throw pointless(`not an envelope: ${parsed.error.issues[0]?.path.join('.')}`);
    // A later run waited for its backoff, which is not the queue's doing.
    if (job.attemptsMade === 0)
      instruments.observe(queueWait, { queue: spec.name }, Math.max(0, Date.now() - job.timestamp) / 1000);
    if (spec.spans === 'batch') return handle(parsed.data);
    const { parent, links } = traceOf(parsed.data);
    const attributes = {
      [alwaysSample]: true,
      'messaging.system': 'bullmq',
      'messaging.destination.name': spec.name,
      'messaging.operation.type': 'process',
      'messaging.message.id': job.id ?? '',
      'messaging.message.conversation_id': parsed.data.correlation_id,
    };
    await withSpan(`process ${spec.name}`, { kind: SpanKind.CONSUMER, parent, links, attributes }, () =>
      handle(parsed.data),
    );
  };
}

type Failed = Pick<Job, 'id' | 'data' | 'attemptsMade'>;

/** In the trace of the click it comes from: the job's own span has ended by now. */
export function sayFailed(log: Log, { name }: QueueSpec, job: Failed | undefined, error: Error): void {
  const { traceparent } = (job?.data ?? {}) as { traceparent?: unknown };
  const story = contextFrom(typeof traceparent === 'string' ? traceparent : null);
  context.with(story, () =>
    log.warn('job.failed', { queue: name, job: job?.id, run: job?.attemptsMade, ...errorFields(error) }),
  );
}

export interface Consumer {
  /** Takes no new job and resolves when those in hand are done. */
  close(): Promise<void>;
}

// BullMQ waits 15 s after an error it does not know; shoppers wait for their mail meanwhile.
const restartMs = 1_000;
// A job whose process died is run again within 20 s: BullMQ's own minute is the whole time a mail may take. A process
// that is merely slow loses its job to another run, which finds the mail locked.
const locks = { lockDuration: 15_000, stalledInterval: 5_000, maxStalledCount: 10 } as const;

export function startConsumer(spec: QueueSpec, deps: ConsumerDeps, handle: Handle): Consumer {
  const process = processorOf(spec, deps, handle);
  const { log, producer } = deps;
  let closing = false;
  let worker: Worker | null = null;

  const open = () => {
    const made = new Worker(spec.name, process, {
      connection: consumerConnection(deps.redisUrl),
      autorun: false,
      concurrency: spec.concurrency,
      runRetryDelay: restartMs,
      ...locks,
      settings: { backoffStrategy: (failures) => backoffMs(spec, failures) },
    });
    made.on('error', (error) => {
      if (producer.isReady()) log.warn('consumer.error', { queue: spec.name, ...errorFields(error) });
      else producer.outage.failed(error);
    });
    made.on('failed', (job, error) => sayFailed(log, spec, job, error));
    return made;
  };
  const supervise = async () => {
    while (!closing) {
      worker = open();
      await worker.run().catch((error: unknown) => producer.outage.failed(error));
      if (closing) return;
      // Its loop ended though nobody closed it: a new one, because this one does not start again.
      await worker
        .close(true)
        .catch((error: unknown) => log.warn('consumer.close_failed', errorFields(error)));
      await pause(restartMs);
    }
  };
  const running = supervise();
  return {
    async close() {
      closing = true;
      // Without Redis a polite close would wait for it.
      await worker?.close(!producer.isReady());
      await running;
    },
  };
}
