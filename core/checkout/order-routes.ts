// POST /v1/orders, counted exactly once whatever happens to it, and GET /v1/orders/:id.
import type { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Config } from '../config.ts';
import { submitOrder } from '../contracts/checkout-api.ts';
import { startDeadline } from '../http/deadline.ts';
import { readIdempotencyKey } from '../http/idempotency.ts';
import { createInFlightCap } from '../http/load-shedding.ts';
import { problem, problemType } from '../http/problem.ts';
import { validateTyped } from '../http/validate.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { checkoutSubmissionDuration, checkoutSubmissions } from '../telemetry/metrics/checkout.ts';
import { sampledTraceId } from '../telemetry/tracing.ts';
import { type Answer, answers } from './answers.ts';
import { checkout, type Selling } from './checkout.ts';

const viewLimitMs = 1_000;

export function orderRoutes(app: Hono, shop: Selling, config: Config, instruments: Instruments): void {
  const cap = createInFlightCap(config.MAX_IN_FLIGHT_SUBMISSIONS);

  async function answerTo(keyHeader: string | undefined, body: () => Promise<string>): Promise<Answer> {
    const leave = cap.enter();
    if (leave === null) return answers.overloaded();
    try {
      const deadline = startDeadline(config.SUBMISSION_DEADLINE_MS);
      const key = readIdempotencyKey(keyHeader);
      if (key.kind === 'missing')
        return answers.invalid(400, 'key_missing', 'The Idempotency-Key header is required.');
      if (key.kind === 'malformed')
        return answers.invalid(400, 'key_malformed', `Idempotency-Key: ${key.reason}`);
      const request = validateTyped(submitOrder, await body());
      if (request.kind === 'invalid') return answers.invalid(request.status, request.name, request.detail);
      return await checkout(key.key, request.value, shop, deadline);
    } finally {
      leave();
    }
  }

  app.post('/v1/orders', async (c) => {
    const started = performance.now();
    let outcome: Answer['outcome'] = 'error';
    try {
      const answer = await answerTo(c.req.header('idempotency-key'), () => c.req.text());
      outcome = answer.outcome;
      return c.body(JSON.stringify(answer.body), answer.status as ContentfulStatusCode, {
        'content-type': answer.status >= 400 ? problemType : 'application/json',
        ...answer.headers,
      });
    } finally {
      instruments.count(checkoutSubmissions, { outcome });
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
