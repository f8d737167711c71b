// Stock over HTTP: what can be promised, carts' holds, transfers, settings, and the warehouses' counts.
import type { Context, Hono } from 'hono';
import { cartHolds, type HoldsAnswer } from '../contracts/orders-api.ts';
import {
  changeStock as changes,
  locationId,
  planTransfer as plan,
  stockFeed,
  type TransferAnswer,
} from '../contracts/stock-api.ts';
import { problem } from '../http/problem.ts';
import { isSigned, webhookSignatureHeader } from '../http/webhook-signature.ts';
import { withBody } from '../http/with-body.ts';
import { validate } from '../http/validate.ts';
import { readAtp } from './atp.ts';
import { type HoldDeps, holdForCarts } from './holds.ts';
import { changeStock } from './settings.ts';
import { takeStockFeed } from './stock-feed.ts';
import { moveTransfer, planTransfer, type Step, steps } from './transfers.ts';

export interface InventoryDeps extends HoldDeps {
  readonly feedSecret: string | undefined;
  readonly staleAfterMs: number;
}

/** After the guard of the internal API. */
export function addInventoryRoutes(app: Hono, deps: InventoryDeps): void {
  const { db } = deps;
  app.get('/v1/atp/:sku', async (c) => {
    const answer = await readAtp(db, c.req.param('sku'), deps.staleAfterMs);
    return answer === null ? problem(c, 404, 'no_such_sku', 'No location has this SKU.') : c.json(answer);
  });
  app.post('/internal/v1/holds', (c) =>
    withBody(c, cartHolds, async ({ holds }) =>
      c.json({ kind: 'holds', results: await holdForCarts(deps, holds) } satisfies HoldsAnswer),
    ),
  );
  app.post('/internal/v1/transfers', (c) =>
    withBody(c, plan, async (body) => tell(c, await planTransfer(db, body))),
  );
  app.post('/internal/v1/transfers/:id/:step', async (c) => {
    const { id, step } = c.req.param();
    if (!(steps as readonly string[]).includes(step))
      return problem(c, 404, 'no_such_step', `A transfer knows ${steps.join(', ')}.`);
    return tell(c, await moveTransfer(db, id, step as Step));
  });
  app.put('/internal/v1/stock/:sku/:location', (c) =>
    withBody(c, changes, async (body) => {
      const { sku, location } = c.req.param() as { sku: string; location: string };
      const { kind } = await changeStock(db, sku, location, body);
      if (kind === 'changed') return c.json({ kind });
      const status = kind === 'no_such_stock' ? 404 : 409;
      return problem(c, status, kind, 'The stock was left as it is.');
    }),
  );
  app.post('/v1/stock-feed/:location', (c) => feed(c, deps));
}

/** Signed by the warehouse; what is not signed in time is not read. */
async function feed(c: Context, { db, feedSecret }: InventoryDeps): Promise<Response> {
  if (feedSecret === undefined)
    return problem(c, 503, 'not_configured', 'This shop takes no stock feed.', {
      detail: 'STOCK_FEED_SECRET is not set.',
    });
  const text = await c.req.text();
  const location = locationId.safeParse(c.req.param('location'));
  if (!isSigned(feedSecret, c.req.header(webhookSignatureHeader), text))
    return problem(c, 401, 'not_signed', 'The signature is missing, wrong or too old.');
  const read = validate(stockFeed, text);
  if (!location.success) return problem(c, 422, 'invalid', 'location: is not the id of a location.');
  if (read.kind === 'invalid')
    return problem(c, read.status, read.name, 'The request is not usable.', { detail: read.detail });
  return c.json(await takeStockFeed(db, location.data, read.value));
}

const statusOf = {
  done: 200,
  not_now: 409,
  not_enough: 409,
  other_transfer: 422,
  no_such_transfer: 404,
  no_such_stock: 404,
} as const satisfies Record<TransferAnswer['kind'], number>;

function tell(c: Context, answer: TransferAnswer): Response {
  if (answer.kind === 'done') return c.json(answer);
  const detail = 'status' in answer ? { detail: `It is ${answer.status}.` } : {};
  return problem(c, statusOf[answer.kind], answer.kind, 'The transfer was left as it is.', detail);
}
