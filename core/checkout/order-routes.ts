// POST /v1/orders, counted exactly once whatever happens to it, and GET /v1/orders/:id.
import type { Hono } from 'hono';
import { submitOrder } from '../contracts/checkout-api.ts';
import { startDeadline } from '../http/deadline.ts';
import { problem } from '../http/problem.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { checkoutSubmissionDuration, checkoutSubmissions } from '../telemetry/metrics/checkout.ts';
import { regionOf } from '../telemetry/metrics/region.ts';
import { sampledTraceId } from '../telemetry/tracing.ts';
import type { Answer } from './answers.ts';
import { checkout } from './checkout.ts';
import type { Selling } from './selling.ts';
import { type Door, respond } from './submission-door.ts';

const viewLimitMs = 1_000;

export function orderRoutes(app: Hono, shop: Selling, door: Door, instruments: Instruments): void {
  app.post('/v1/orders', async (c) => {
    const started = performance.now();
    let outcome: Answer['outcome'] = 'error';
    let market: string | null = null;
    try {
      const answer = await door(c, submitOrder, (key, request, deadline) =>
        checkout(key, request, shop, deadline, (read) => {
          market = read;
        }),
      );
      outcome = answer.outcome;
      return respond(c, answer);
    } finally {
      instruments.count(checkoutSubmissions, { outcome, region: regionOf(market) });
      const seconds = (performance.now() - started) / 1000;
      instruments.observe(checkoutSubmissionDuration, { outcome }, seconds, sampledTraceId());
    }
  });

  app.get('/v1/orders/:id', async (c) => {
    const answer = await shop.orders.view(c.req.param('id'), startDeadline(viewLimitMs));
    switch (answer.kind) {
      case 'order':
        return c.json(answer.order);
      case 'not_found':
        return problem(c, 404, 'unknown_order', 'There is no such order.');
      case 'unreachable':
        return problem(c, 503, 'unavailable', 'The order cannot be read at this moment.', {
          headers: { 'retry-after': '2' },
        });
    }
  });
}
