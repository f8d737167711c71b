// What the shop's people do with an order: cancel, refund, take goods back, hand a parcel over, and look at its history.
// The key of a request names what it makes, so that a repeated request finds it made.
import { createHash } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { OrderEvent } from '../contracts/order-events.ts';
import { cancelOrder, refundOrder, returnGoods } from '../contracts/order-operations.ts';
import { brokeForeignKey } from '../db/conflict.ts';
import { readIdempotencyKey } from '../http/idempotency.ts';
import { problem } from '../http/problem.ts';
import { withBody } from '../http/with-body.ts';
import { applyOrderEvent } from './apply-order-event.ts';
import { decide } from './decide-event.ts';
import { lookAt } from './order-snapshot.ts';
import { requestRefund } from './request-refund.ts';
import type { RouteDeps } from './routes.ts';
import { saidOtherwise } from './said-otherwise.ts';
import { readHistory } from './view.ts';

const noSuchOrder = (c: Context) => problem(c, 404, 'no_such_order', 'There is no such order.');
const keyReused = (c: Context) =>
  problem(c, 422, 'key_reused', 'This Idempotency-Key was used for another request.');

/** `work` with the name that the request's key gives to what it makes, of this order alone. */
async function named(
  c: Context,
  orderId: string,
  work: (name: string) => Promise<Response>,
): Promise<Response> {
  const read = readIdempotencyKey(c.req.header('idempotency-key'));
  if (read.kind === 'missing')
    return problem(c, 400, 'key_missing', 'The Idempotency-Key header is required.');
  if (read.kind === 'malformed') return problem(c, 400, 'key_malformed', `Idempotency-Key: ${read.reason}`);
  return work(createHash('sha256').update(`${orderId}\n${read.key}`).digest('hex').slice(0, 24));
}

export function addOperationRoutes(app: Hono, deps: RouteDeps): void {
  const { db, instruments } = deps;
  const tell = (orderId: string, event: OrderEvent) => applyOrderEvent(db, instruments, orderId, event);
  /** A person's slip must not stay on record as news that waits to become possible. */
  const possible = async (orderId: string, event: OrderEvent) => {
    const look = await db.query('look at order', (sql) => lookAt(sql, orderId, event));
    return look === null ? null : decide(look, event).kind;
  };

  app.post('/internal/v1/orders/:id/cancel', (c) =>
    withBody(c, cancelOrder, ({ reason }) => {
      const orderId = c.req.param('id') as string;
      return named(c, orderId, async (name) => {
        const answer = await tell(orderId, { type: 'order.cancelled', event_id: `cancel:${name}`, reason });
        switch (answer.kind) {
          case 'applied':
          case 'duplicate': {
            const over = answer.state === 'cancelled' || answer.state === 'refunded';
            // 202: its payment is under way or with us; the workers end it.
            return c.json({ order_id: orderId, state: answer.state, cancelled: over }, over ? 200 : 202);
          }
          case 'illegal':
            return problem(c, 409, 'not_cancellable', 'Of this order something was sent, or it has ended.', {
              detail: `The order is ${answer.state}. Goods that are on their way are returned.`,
            });
          default:
            return noSuchOrder(c);
        }
      });
    }),
  );

  app.post('/internal/v1/orders/:id/refunds', (c) =>
    withBody(c, refundOrder, ({ amount_minor, reason }) => {
      const orderId = c.req.param('id') as string;
      return named(c, orderId, async (name) => {
        const request = { operationId: `ref_${name}`, amountMinor: amount_minor ?? null, reason };
        const answer = await requestRefund(db, orderId, request);
        switch (answer.kind) {
          case 'requested':
            return c.json({ order_id: orderId, ...answer.refund }, 202);
          case 'known':
            c.header('Idempotent-Replayed', 'true');
            return c.json({ order_id: orderId, ...answer.refund }, 202);
          case 'another':
            return keyReused(c);
          case 'too_much':
            return problem(c, 409, 'refund_too_much', 'That is more than is left of the buyer’s money.', {
              detail: `${answer.left_minor} ${answer.currency} are left once every refund under way is made.`,
            });
          case 'no_such_order':
            return noSuchOrder(c);
        }
      });
    }),
  );

  app.post('/internal/v1/orders/:id/returns', (c) =>
    withBody(c, returnGoods, ({ lines, reason }) => {
      const orderId = c.req.param('id') as string;
      return named(c, orderId, async (name) => {
        const return_id = `rma_${name}`;
        const event: OrderEvent = {
          type: 'rma.completed',
          event_id: `return:${name}`,
          return_id,
          lines,
          reason,
        };
        if (await saidOtherwise(db, orderId, event)) return keyReused(c);
        const decision = await possible(orderId, event);
        if (decision === null) return noSuchOrder(c);
        if (decision === 'park')
          return problem(
            c,
            409,
            'not_returnable',
            'These goods were not sent for this order, or came back before.',
          );
        const answer = await tell(orderId, event).catch((error: unknown) => {
          if (brokeForeignKey(error, 'returned_where_it_is_kept')) return null;
          throw error;
        });
        if (answer === null)
          return problem(c, 422, 'not_kept_there', 'A location named here does not keep that article.', {
            detail: 'Take it back where it is kept, or tell that location’s stock first.',
          });
        if (answer.kind === 'duplicate') c.header('Idempotent-Replayed', 'true');
        return 'state' in answer
          ? c.json({ order_id: orderId, return_id, state: answer.state }, 201)
          : noSuchOrder(c);
      });
    }),
  );

  // The parcel is the key: it is handed over once, whoever says so and how often.
  app.post('/internal/v1/orders/:id/shipments/:shipment/complete', async (c) => {
    const { id: orderId, shipment: shipment_id } = c.req.param();
    const event: OrderEvent = {
      type: 'shipment.completed',
      event_id: `handover:${shipment_id}`,
      shipment_id,
    };
    const decision = await possible(orderId, event);
    if (decision === null) return noSuchOrder(c);
    if (decision === 'park')
      return problem(c, 404, 'no_such_shipment', 'This order has no such parcel to hand over.');
    const answer = await tell(orderId, event);
    return 'state' in answer
      ? c.json({ order_id: orderId, shipment_id, state: answer.state })
      : noSuchOrder(c);
  });

  app.get('/internal/v1/orders/:id/history', async (c) => {
    const history = await readHistory(db, c.req.param('id'));
    return history === null ? noSuchOrder(c) : c.json(history);
  });
}
