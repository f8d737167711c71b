// The orders service: the frame, and its routes.
import type { Hono } from 'hono';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import { createHttpApp } from '../http/app.ts';
import { limitTraffic } from '../http/traffic.ts';
import { createRouting } from '../inventory/locations.ts';
import { addInventoryRoutes } from '../inventory/routes.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { switchRoutes } from '../switches/routes.ts';
import type { Log } from '../telemetry/log.ts';
import { createWriter } from './place-batch.ts';
import { addOrderRoutes } from './routes.ts';
import { addWebhookRoutes, webhookSecrets } from './webhook-routes.ts';

export interface OrdersDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly config: Config;
}

export function createOrdersApp({ db, instruments, log, config }: OrdersDeps): Hono {
  const ready = async () => {
    await db.sql`select 1 from orders.orders limit 1`;
  };
  const app = createHttpApp({ instruments, log, ready, traffic: limitTraffic({ config, instruments }) });
  const routing = createRouting(db, { rule: config.ROUTING_RULE, split: config.ORDER_SPLIT === 'allowed' });
  addOrderRoutes(app, {
    db,
    instruments,
    serviceToken: config.SERVICE_TOKEN,
    routing,
    writer: createWriter(
      db,
      { ...routing, ttlMs: config.RESERVATION_TTL_MS },
      { max: config.PLACE_BATCH_MAX, waitMs: config.PLACE_BATCH_WAIT_MS },
    ),
    submissionDeadlineMs: config.SUBMISSION_DEADLINE_MS,
    chargebackBudgetMinor: config.CHARGEBACK_BUDGET_MINOR,
  });
  addWebhookRoutes(app, { db, instruments, log, secrets: webhookSecrets(config) });
  // After the order routes, whose guard of the internal API stands before these too.
  addInventoryRoutes(app, {
    db,
    instruments,
    ttlMs: config.SOFT_HOLD_TTL_MS,
    below: config.SOFT_HOLD_BELOW,
    feedSecret: config.STOCK_FEED_SECRET,
    staleAfterMs: config.STOCK_FEED_STALE_AFTER_MS,
  });
  switchRoutes(app, { db, log });
  return app;
}
