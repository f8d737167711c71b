// RFC 9457 problem answers, written in one place.
import { context, trace } from '@opentelemetry/api';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

export const problemType = 'application/problem+json';

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly trace_id?: string;
}

/** The body alone, for answers that are stored and replayed. */
export function problemBody(status: number, name: string, title: string, detail?: string): ProblemBody {
  const traceId = trace.getSpanContext(context.active())?.traceId;
  return {
    type: `urn:headroom:problem:${name}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(traceId === undefined ? {} : { trace_id: traceId }),
  };
}

/** `name` is stable and goes into `type`; `title` is for people. `headers` for Retry-After and the like, `more` for members of our own. */
export function problem(
  c: Context,
  status: ContentfulStatusCode,
  name: string,
  title: string,
  {
    detail,
    headers = {},
    more = {},
  }: { detail?: string; headers?: Record<string, string>; more?: Record<string, unknown> } = {},
): Response {
  const body = { ...problemBody(status, name, title, detail), ...more };
  return c.body(JSON.stringify(body), status, { 'content-type': problemType, ...headers });
}
