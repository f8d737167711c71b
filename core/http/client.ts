// Calls to other services: deadline, traceparent and one client span a call. No retry here: the caller knows what is safe.
import { SpanKind } from '@opentelemetry/api';
import { Agent, errors, request } from 'undici';
import { activeTraceparent, withSpan } from '../telemetry/tracing.ts';

// Many times a page of a provider's books. A longer answer is given up, as one that does not come is; files come by download.ts.
const maxAnswerBytes = 32 * 1024 * 1024;

const agent = new Agent({
  connections: 128,
  pipelining: 1,
  keepAliveTimeout: 30_000,
  maxResponseSize: maxAnswerBytes,
  connect: { timeout: 1_000 },
});

export type CallResult =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown }
  /** No connection was made: proven not executed. */
  | { readonly kind: 'not_sent'; readonly reason: string }
  /** Sent, no answer within the deadline, or the connection broke: the outcome is unknown. */
  | { readonly kind: 'no_answer'; readonly reason: 'timeout' | 'connection_lost' };

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Low-cardinality span name: `POST /v1/authorizations psp-primary`. */
  readonly name: string;
}

const notSentCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const timeIsUp = new Error('no answer within the time limit');

function classify(error: unknown): CallResult {
  const code = (error as { code?: string }).code ?? '';
  if (notSentCodes.has(code)) return { kind: 'not_sent', reason: code };
  const timedOut = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
  if (timedOut || error === timeIsUp) return { kind: 'no_answer', reason: 'timeout' };
  return { kind: 'no_answer', reason: 'connection_lost' };
}

/** One HTTP call with JSON both ways. Never throws for what the network or the other side does. */
export function call(spec: Call): Promise<CallResult> {
  return withSpan(
    spec.name,
    { kind: SpanKind.CLIENT, attributes: { 'http.request.method': spec.method } },
    async (span) => {
      const traceparent = activeTraceparent();
      // Made before the try: a bad limit or an unwritable body is a bug, and must not pass for a broken network.
      if (!Number.isFinite(spec.timeoutMs)) throw new Error(`${spec.name} has no time limit`);
      const giveUp = new AbortController();
      // AbortSignal.timeout goes on living after the answer: seconds of dead timers, each with an error at its end.
      const timer = setTimeout(() => giveUp.abort(timeIsUp), Math.max(1, spec.timeoutMs));
      const body = spec.body === undefined ? null : JSON.stringify(spec.body);
      try {
        const response = await request(spec.url, {
          dispatcher: agent,
          method: spec.method,
          signal: giveUp.signal,
          headers: {
            ...(body === null ? {} : { 'content-type': 'application/json' }),
            ...(traceparent === null ? {} : { traceparent }),
            ...spec.headers,
          },
          body,
        });
        const text = await response.body.text();
        span.setAttribute('http.response.status_code', response.statusCode);
        const read = text === '' ? null : JSON.parse(text);
        return { kind: 'answer', status: response.statusCode, body: read };
      } catch (error) {
        if (error instanceof SyntaxError) return { kind: 'no_answer', reason: 'connection_lost' };
        const result = classify(error);
        span.setAttribute('error.type', result.kind === 'answer' ? '' : result.reason);
        return result;
      } finally {
        clearTimeout(timer);
      }
    },
  );
}
