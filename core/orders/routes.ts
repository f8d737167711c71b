// The orders service over HTTP. Internal calls answer 200 with the union of the contract; what the shopper is told, and
// with which status, is checkout's to say.
import type { Context, Hono } from 'hono';
import {
  nextAttempt as nextAttemptBody,
  paymentEvent,
  startPayment as startPaymentBody,
} from '../contracts/orders-api.ts';
import type { Database } from '../db/client.ts';
import { deadlineHeader, isAwaited } from '../http/deadline.ts';
import { problem } from '../http/problem.ts';
import { serviceTokenCheck, serviceTokenHeader } from '../http/service-token.ts';
import { withBody } from '../http/with-body.ts';
import { applyPaymentEvent } from './apply-event.ts';
import { addFraudRoutes } from './fraud-routes.ts';
import { nextAttempt } from './next-attempt.ts';
import { readPayable } from './payable.ts';
import { type PlaceDeps, placeOrder } from './place.ts';
import { addOperationRoutes } from './operation-routes.ts';
import { placeableOrder } from './placeable.ts';
import { startPayment } from './start-payment.ts';
import { readOrder } from './view.ts';

export interface RouteDeps extends PlaceDeps {
  readonly db: Database;
  readonly serviceToken: string;
  readonly chargebackBudgetMinor: number;
}

export function addOrderRoutes(app: Hono, deps: RouteDeps): void {
  const { db, instruments } = deps;
  const isService = serviceTokenCheck(deps.serviceToken);
  app.use('/internal/*', async (c, next) => {
    if (!isService(c.req.header(serviceTokenHeader)))
      return problem(c, 401, 'not_a_service', 'This API is for the services of the shop.');
    if (!isAwaited(c.req.header(deadlineHeader)))
      return problem(c, 503, 'deadline_used_up', 'Nothing is left of the time of this call.');
    await next();
    return;
  });
  app.post('/internal/v1/orders', (c) =>
    withBody(c, placeableOrder, async (body) => c.json(await placeOrder(deps, body))),
  );
  app.get('/internal/v1/orders/:id', async (c) => {
    const order = await readOrder(db, c.req.param('id'));
    return order === null ? noSuchOrder(c) : c.json(order);
  });
  app.post('/internal/v1/orders/:id/attempts', (c) =>
    withBody(c, nextAttemptBody, async (body) => c.json(await nextAttempt(db, c.req.param('id'), body))),
  );
  app.get('/internal/v1/orders/:id/payment', async (c) => {
    const order = await readPayable(db, c.req.param('id'));
    return order === null ? noSuchOrder(c) : c.json(order);
  });
  app.post('/internal/v1/orders/:id/payments', (c) =>
    withBody(c, startPaymentBody, async (body) => c.json(await startPayment(deps, c.req.param('id'), body))),
  );
  addFraudRoutes(app, deps);
  addOperationRoutes(app, deps);
  app.post('/internal/v1/orders/:id/events', (c) =>
    withBody(c, paymentEvent, async (body) => {
      const answer = await applyPaymentEvent(db, instruments, c.req.param('id'), body);
      return answer.kind === 'no_such_attempt' ? noSuchOrder(c) : c.json(answer);
    }),
  );
}

const noSuchOrder = (c: Context) => problem(c, 404, 'no_such_order', 'There is no such order.');
