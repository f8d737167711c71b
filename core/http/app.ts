// The HTTP frame both services and the workers share: one span and one duration per request, health, metrics, errors.
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { isDatabaseAway, isDatabaseBusy } from '../db/away.ts';
import { PoolWaitError } from '../db/pool-gate.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import { httpServerRequestDuration, routes } from '../telemetry/metrics/http.ts';
import { requestsRefused } from '../telemetry/metrics/limits.ts';
import { alwaysSample, contextFrom, sampledTraceId } from '../telemetry/tracing.ts';
import { limitBody } from './limit-body.ts';
import { problem } from './problem.ts';
import { priorityOf } from './shedding.ts';
import { refuseCardNumbers } from './refuse-card-numbers.ts';
import { isStorable } from './storable.ts';

type Route = (typeof routes)[number];
const known: ReadonlySet<string> = new Set(routes);
const maxBodyBytes = 64 * 1024;
// Several times the longest of ours; ids of it become keys in the database.
const maxPathLength = 512;

export interface HttpFrame {
  readonly instruments: Instruments;
  readonly log: Log;
  /** Resolves when every dependency answers; rejects with the reason when not. */
  readonly ready: () => Promise<void>;
  /** Who is let in; absent, everybody. */
  readonly traffic?: MiddlewareHandler;
}

const isSubmission = (method: string, path: string) =>
  method === 'POST' &&
  (path === '/v1/orders' ||
    path === '/v1/payments' ||
    path.startsWith('/internal/v1/orders') ||
    path.startsWith('/v1/webhooks/'));
const statusClass = (status: number) =>
  `${Math.min(5, Math.max(2, Math.floor(status / 100)))}xx` as '2xx' | '3xx' | '4xx' | '5xx';

/** A Hono app with the frame in place; the caller adds its routes. */
export function createHttpApp({ instruments, log, ready, traffic }: HttpFrame): Hono {
  const app = new Hono();
  const service = instruments.service;
  const bounded = limitBody(
    maxBodyBytes,
    (c) => problem(c, 413, 'body_too_large', `The body is larger than ${maxBodyBytes} bytes.`),
    refuseCardNumbers,
  );
  // Probes and scrapes come before the frame: they are not traffic and must not enter the SLIs.
  for (const probe of ['/healthz', '/readyz', '/metrics']) app.use(probe, bounded);
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    try {
      await ready();
      return c.json({ status: 'ready' });
    } catch (error) {
      log.warn('not_ready', errorFields(error));
      return c.json({ status: 'not ready', reason: error instanceof Error ? error.name : 'unknown' }, 503);
    }
  });
  app.get('/metrics', async (c) => {
    const { contentType, body } = await instruments.expose();
    return c.body(body, 200, { 'content-type': contentType });
  });
  app.use(async (c, next) => {
    const started = performance.now();
    const parent = contextFrom(c.req.header('traceparent'));
    const { method, path } = c.req;
    const span = trace.getTracer('headroom').startSpan(
      method,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': method, [alwaysSample]: isSubmission(method, path) },
      },
      parent,
    );
    await context.with(trace.setSpan(parent, span), async () => {
      await next();
      const matched = routePath(c, -1);
      const route = (known.has(matched) ? matched : 'other') as Route;
      span.updateName(`${method} ${route}`);
      span.setAttributes({ 'http.route': route, 'http.response.status_code': c.res.status });
      if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      const seconds = (performance.now() - started) / 1000;
      instruments.observe(
        httpServerRequestDuration,
        { service, http_route: route, status_class: statusClass(c.res.status) },
        seconds,
        sampledTraceId(),
      );
    });
    span.end();
  });
  if (traffic !== undefined) app.use(traffic);
  const nothingHere = (c: Context) => problem(c, 404, 'not_found', 'There is nothing here.');
  app.use((c, next) => {
    const { path } = c.req;
    return path.length <= maxPathLength && isStorable(path)
      ? bounded(c, next)
      : Promise.resolve(nothingHere(c));
  });
  app.notFound(nothingHere);
  app.onError((error, c) => {
    const full = error instanceof PoolWaitError;
    if (full || isDatabaseAway(error)) {
      log.warn('database_away', errorFields(error));
      if (full && service !== 'workers') {
        const priority = priorityOf(c.req.method, c.req.path);
        instruments.count(requestsRefused, { service, priority, reason: 'pool_wait' });
      }
      return problem(c, 503, 'unavailable', 'This cannot be answered at this moment; come back shortly.', {
        headers: { 'retry-after': '2' },
      });
    }
    if (isDatabaseBusy(error)) {
      log.warn('database_busy', errorFields(error));
      return problem(c, 503, 'busy', 'This took longer than anybody waits for it; come back shortly.', {
        headers: { 'retry-after': '2' },
      });
    }
    log.error('request_failed', errorFields(error));
    return problem(c, 500, 'internal', 'Something went wrong on our side.');
  });
  return app;
}
