// Calls to other services: deadline, traceparent and one client span a call. No retry here: the caller knows what is safe.
import { SpanKind } from '@opentelemetry/api';
import { Agent, type Dispatcher, errors } from 'undici';
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

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** By the dispatcher itself: a stream, a signal and their listeners for each small answer cost as much as the answer. */
function exchange(spec: Call, headers: Record<string, string>, body: string | null): Promise<Answer> {
  const { origin, pathname, search } = new URL(spec.url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let late = false;
    let sending: Dispatcher.DispatchController | undefined;
    const timer = setTimeout(
      () => {
        late = true;
        sending?.abort(timeIsUp);
        reject(timeIsUp);
      },
      Math.max(1, spec.timeoutMs),
    );
    agent.dispatch(
      { origin, path: pathname + search, method: spec.method, headers, body },
      {
        onRequestStart(controller) {
          sending = controller;
          if (late) controller.abort(timeIsUp);
        },
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          clearTimeout(timer);
          resolve({ status, text: (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString() });
        },
        onResponseError(_controller, error) {
          clearTimeout(timer);
          reject(error);
        },
      },
    );
  });
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
      const body = spec.body === undefined ? null : JSON.stringify(spec.body);
      const headers = {
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...(traceparent === null ? {} : { traceparent }),
        ...spec.headers,
      };
      try {
        const { status, text } = await exchange(spec, headers, body);
        span.setAttribute('http.response.status_code', status);
        return { kind: 'answer', status, body: text === '' ? null : JSON.parse(text) };
      } catch (error) {
        if (error instanceof SyntaxError) return { kind: 'no_answer', reason: 'connection_lost' };
        const result = classify(error);
        span.setAttribute('error.type', result.kind === 'answer' ? '' : result.reason);
        return result;
      }
    },
  );
}
