// One span for many events that are sent or noted together, linked to what caused each: a span an event would cost more
// than the event. The semantic conventions for messaging mean batches so.
import { type Link, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { Envelope } from '../core/contracts/events.ts';
import { alwaysSample, contextFrom, withSpan } from '../core/telemetry/tracing.ts';
import type { QueueName } from './queues.ts';

/** Below the 128 links a span may have. */
export const eventsASpan = 100;

const kinds = { send: SpanKind.PRODUCER, process: SpanKind.CONSUMER } as const;

export function batchSpan<T>(
  operation: keyof typeof kinds,
  queue: QueueName,
  envelopes: readonly Pick<Envelope, 'traceparent'>[],
  work: () => Promise<T>,
): Promise<T> {
  const links: Link[] = [];
  for (const { traceparent } of envelopes) {
    const cause = trace.getSpanContext(contextFrom(traceparent));
    if (cause !== undefined) links.push({ context: cause });
  }
  const attributes = {
    [alwaysSample]: true,
    'messaging.system': 'bullmq',
    'messaging.destination.name': queue,
    'messaging.operation.type': operation,
    'messaging.batch.message_count': envelopes.length,
  };
  return withSpan(
    `${operation} ${queue}`,
    { kind: kinds[operation], parent: ROOT_CONTEXT, links, attributes },
    work,
  );
}
