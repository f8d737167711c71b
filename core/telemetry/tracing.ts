// Spans by hand: automatic http and undici instrumentation costs 20 to 30 % CPU on a thin Hono hop (measured).
import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { core, NodeSDK, resources, tracing } from '@opentelemetry/sdk-node';
import type { Service } from './metrics/metric.ts';

/** Reads are sampled at 1 %; submissions, and all that follows from them, always. The same in drill, bench and default. */
const readSampleShare = 0.01;
export const alwaysSample = 'headroom.always_sample';

class RouteSampler implements tracing.Sampler {
  shouldSample(parent: Context, traceId: string, _name: string, _kind: SpanKind, attributes: Attributes) {
    const remote = trace.getSpanContext(parent);
    const wanted =
      attributes[alwaysSample] === true ||
      (remote === undefined
        ? // The last eight hex digits are uniform, so the same trace is kept by every process.
          Number.parseInt(traceId.slice(-8), 16) / 0xffffffff < readSampleShare
        : (remote.traceFlags & TraceFlags.SAMPLED) !== 0);
    return {
      decision: wanted ? tracing.SamplingDecision.RECORD_AND_SAMPLED : tracing.SamplingDecision.NOT_RECORD,
    };
  }
  toString() {
    return `RouteSampler{${readSampleShare}}`;
  }
}

// The SDK registers nothing without a processor, and logs would lose their trace ids.
const discard: tracing.SpanProcessor = {
  onStart: () => undefined,
  onEnd: () => undefined,
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/**
 * Starts tracing; without an endpoint spans are made but go nowhere. The result flushes and stops it. Switched off, every
 * span of the code is the API's own that does nothing.
 */
export function startTracing(
  service: Service,
  endpoint: string | undefined,
  telemetry: 'on' | 'off' = 'on',
): () => Promise<void> {
  if (telemetry === 'off') return async () => undefined;
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: resources.resourceFromAttributes({ 'service.name': service }),
    sampler: new RouteSampler(),
    // Without the baggage that nobody sends.
    textMapPropagator: new core.W3CTraceContextPropagator(),
    instrumentations: [],
    spanProcessors:
      endpoint === undefined
        ? [discard]
        : [
            new tracing.BatchSpanProcessor(
              new OTLPTraceExporter({
                url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
                timeoutMillis: 5_000,
              }),
              // A batch is written down in one go, and every request waits for it: half a millisecond.
              { maxQueueSize: 16_384, maxExportBatchSize: 128, scheduledDelayMillis: 1_000 },
            ),
          ],
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return () => sdk.shutdown();
}

const tracer = () => trace.getTracer('headroom');

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Context to hang from instead of the active one. */
  readonly parent?: Context;
  readonly links?: readonly Link[];
}

/**
 * Runs `work` inside a span; a throw marks it failed and goes on being thrown. Below a trace that nobody keeps there is no
 * span of its own: of seven calls of a checkout six are such, and what they would make is thrown away.
 */
export function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const parent = options.parent ?? context.active();
  const above = trace.getSpan(parent);
  const kept = above === undefined || (above.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  if (kept || options.attributes?.[alwaysSample] === true) return insideSpan(name, options, parent, work);
  return options.parent === undefined ? work(above) : context.with(parent, work, undefined, above);
}

async function insideSpan<T>(
  name: string,
  options: SpanOptions,
  parent: Context,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = tracer().startSpan(
    name,
    {
      kind: options.kind ?? SpanKind.INTERNAL,
      ...(options.attributes ? { attributes: options.attributes } : {}),
      ...(options.links ? { links: [...options.links] } : {}),
    },
    parent,
  );
  try {
    return await context.with(trace.setSpan(parent, span), work, undefined, span);
  } catch (error) {
    // The type only: a message may quote what a customer typed.
    span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/** Context of a W3C `traceparent`, or the root context when there is none or it is malformed. */
export function contextFrom(traceparent: string | null | undefined): Context {
  return traceparent ? propagation.extract(ROOT_CONTEXT, { traceparent }) : ROOT_CONTEXT;
}

/** `traceparent` of the active span, to ride a request, an outbox row or a job. */
export function activeTraceparent(): string | null {
  const span = trace.getSpanContext(context.active());
  if (span === undefined) return null;
  return `00-${span.traceId}-${span.spanId}-0${(span.traceFlags & TraceFlags.SAMPLED).toString(16)}`;
}

/** Trace id of the active span when it is sampled: an exemplar must lead to a trace that exists. */
export function sampledTraceId(): string | undefined {
  const span = trace.getSpanContext(context.active());
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0 ? span.traceId : undefined;
}
