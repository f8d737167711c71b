// POST /v1/payments, counted exactly once whatever happens to it.
import type { Hono } from 'hono';
import { submitPayment } from '../contracts/checkout-api.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { paymentSubmissions } from '../telemetry/metrics/checkout.ts';
import type { Answer } from './answers.ts';
import { pay } from './pay.ts';
import type { Selling } from './selling.ts';
import { type Door, respond } from './submission-door.ts';

export function paymentRoutes(app: Hono, shop: Selling, door: Door, instruments: Instruments): void {
  app.post('/v1/payments', async (c) => {
    let outcome: Answer['outcome'] = 'error';
    try {
      const answer = await door(c, submitPayment, (key, request, deadline) =>
        pay(key, request, shop, deadline),
      );
      outcome = answer.outcome;
      return respond(c, answer);
    } finally {
      instruments.count(paymentSubmissions, { outcome });
    }
  });
}
