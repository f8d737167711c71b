// What the spans of a test say: to look for what must not be in them.
import { NodeSDK, tracing } from '@opentelemetry/sdk-node';

/** Every span of this process from now on. */
export function recordSpans(): { text(): string; stop(): Promise<void> } {
  const spans = new tracing.InMemorySpanExporter();
  const sdk = new NodeSDK({
    autoDetectResources: false,
    instrumentations: [],
    metricReaders: [],
    logRecordProcessors: [],
    sampler: new tracing.AlwaysOnSampler(),
    spanProcessors: [new tracing.SimpleSpanProcessor(spans)],
  });
  sdk.start();
  return {
    text: () =>
      JSON.stringify(
        spans.getFinishedSpans().map((span) => [span.name, span.attributes, span.events, span.status]),
      ),
    stop: () => sdk.shutdown(),
  };
}
