// Before any work: is this client asking too often, and is this process too busy for what it asks?
import type { MiddlewareHandler } from 'hono';
import type { Config } from '../config.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { type Priority, requestsRefused } from '../telemetry/metrics/limits.ts';
import { clientAddress, proxyList } from './client-address.ts';
import { eventLoopLagMs } from './event-loop-lag.ts';
import { problem } from './problem.ts';
import { createRateLimit } from './rate-limit.ts';
import { serviceTokenCheck, serviceTokenHeader } from './service-token.ts';
import { createShedding, priorityOf } from './shedding.ts';

const maxClients = 20_000;
const internal = '/internal/';

export interface TrafficOptions {
  readonly config: Config;
  readonly instruments: Instruments;
  readonly priority?: (method: string, path: string) => Priority;
}

export function limitTraffic({
  config,
  instruments,
  priority = priorityOf,
}: TrafficOptions): MiddlewareHandler {
  const { service } = instruments;
  const { RATE_LIMIT_PER_SECOND: perSecond, RATE_LIMIT_BURST: burst } = config;
  const rateLimit = createRateLimit({ perSecond, burst, maxClients });
  const addressOf = clientAddress(proxyList(config.TRUSTED_PROXIES));
  const isService = serviceTokenCheck(config.SERVICE_TOKEN);
  const exemptLoopback = config.RATE_LIMIT_LOOPBACK === 'exempt';
  const shedding = createShedding(
    { maxInFlight: config.MAX_IN_FLIGHT_REQUESTS, maxLagMs: config.SHED_LAG_MS },
    eventLoopLagMs,
  );
  const policy = `"client";q=${burst};w=${Math.max(1, Math.round(burst / perSecond))}`;

  return async (c, next) => {
    const { method, path } = c.req;
    const isInternal = path.startsWith(internal);
    // The shop's own services carry a token; who only asks for their paths is a client like any other, and gets nothing.
    const isOurs = isInternal && isService(c.req.header(serviceTokenHeader));
    const worth = isInternal && !isOurs ? 'read' : priority(method, path);
    const client = isOurs ? null : addressOf(c);
    const limited = client !== null && !(exemptLoopback && client.loopback);
    const taken = limited ? rateLimit.take(client.address) : null;
    const headers: Record<string, string> =
      taken === null
        ? {}
        : {
            'ratelimit-policy': policy,
            ratelimit: `"client";r=${taken.remaining};t=${taken.retryAfterSeconds}`,
          };
    if (taken !== null && !taken.allowed) {
      instruments.count(requestsRefused, { service, priority: worth, reason: 'rate_limit' });
      return problem(
        c,
        429,
        'too_many_requests',
        'You are asking faster than this shop answers one client.',
        {
          headers: { ...headers, 'retry-after': String(taken.retryAfterSeconds) },
        },
      );
    }
    const leave = shedding.enter(worth);
    if (leave === null) {
      instruments.count(requestsRefused, { service, priority: worth, reason: 'overload' });
      // Spread out: those refused together should not come back together.
      const seconds = 1 + Math.floor(Math.random() * 3);
      return problem(
        c,
        503,
        'overloaded',
        'Too much is asked of this shop at this moment; come back shortly.',
        {
          headers: { 'retry-after': String(seconds) },
        },
      );
    }
    try {
      await next();
    } finally {
      leave();
    }
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    return;
  };
}
