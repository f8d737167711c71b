// RFC 9457 problem answers, written in one place.
import { context, trace } from '@opentelemetry/api';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** `name` is stable and goes into `type`; `title` is for people. `headers` for Retry-After and the like. */
export function problem(
  c: Context,
  status: ContentfulStatusCode,
  name: string,
  title: string,
  { detail, headers = {} }: { detail?: string; headers?: Record<string, string> } = {},
): Response {
  const body = {
    type: `urn:headroom:problem:${name}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    trace_id: trace.getSpanContext(context.active())?.traceId,
  };
  return c.body(JSON.stringify(body), status, { 'content-type': 'application/problem+json', ...headers });
}
