// The checkout service: carts, quotes and the submission of orders.
import type { Hono } from 'hono';
import { type Catalog, createCatalog } from '../catalog/catalog.ts';
import { catalogRoutes } from '../catalog/routes.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import { createHttpApp } from '../http/app.ts';
import { createGateway } from '../payment/gateway.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import type { Log } from '../telemetry/log.ts';
import { cartRoutes } from './cart-routes.ts';
import { orderRoutes } from './order-routes.ts';
import { createOrdersClient } from './orders-client.ts';
import { createRates } from './rates.ts';
import { stepsWith } from './step.ts';
import { createTax } from './tax.ts';

export interface CheckoutDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly config: Config;
}

/** No I/O before the first request: readiness loads the catalogue. */
export function createCheckoutApp({ db, instruments, log, config }: CheckoutDeps): Hono {
  const catalog: Catalog = createCatalog(db, log);
  const step = stepsWith(instruments);
  const app = createHttpApp({
    instruments,
    log,
    async ready() {
      await db.sql`select 1`;
      await catalog.ready();
    },
  });
  catalogRoutes(app, catalog);
  cartRoutes(app, catalog, { db, step, tax: createTax(config), rates: createRates(config) });
  orderRoutes(
    app,
    {
      db,
      log,
      step,
      gateway: createGateway(config, instruments),
      orders: createOrdersClient(config),
    },
    config,
    instruments,
  );
  return app;
}
