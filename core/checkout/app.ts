// The checkout service: carts, quotes and the submission of orders.
import type { Hono } from 'hono';
import { type Catalog, createCatalog } from '../catalog/catalog.ts';
import { catalogRoutes } from '../catalog/routes.ts';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import { createHttpApp } from '../http/app.ts';
import { limitTraffic } from '../http/traffic.ts';
import { createGateway } from '../payment/gateway.ts';
import { createPromotions } from '../pricing/promotions.ts';
import type { Switches } from '../switches/switches.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import type { Log } from '../telemetry/log.ts';
import { cartRoutes } from './cart-routes.ts';
import { createCartCloser } from './close-cart.ts';
import { createHolds } from './holds.ts';
import { orderRoutes } from './order-routes.ts';
import { createOrdersClient } from './orders-client.ts';
import { paymentRoutes } from './payment-routes.ts';
import { createRates } from './rates.ts';
import { createScreen } from './screen.ts';
import { stepsWith } from './step.ts';
import { openDoor } from './submission-door.ts';
import { createTax } from './tax.ts';

export interface CheckoutDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly config: Config;
  readonly switches: Switches;
}

/** No I/O before the first request: readiness loads the catalogue. */
export function createCheckoutApp({ db, instruments, log, config, switches }: CheckoutDeps): Hono {
  const catalog: Catalog = createCatalog(db, log);
  const promotions = createPromotions(db, log);
  const step = stepsWith(instruments);
  const app = createHttpApp({
    instruments,
    log,
    traffic: limitTraffic({ config, instruments }),
    async ready() {
      await db.sql`select 1`;
      await catalog.ready();
      await promotions.ready();
      await switches.ready();
    },
  });
  catalogRoutes(app, catalog);
  const quoting = {
    db,
    step,
    switches,
    promotions,
    tax: createTax(config, instruments),
    rates: createRates(config, instruments),
  };
  cartRoutes(app, catalog, quoting, {
    holds: createHolds(db, config, instruments),
    retentionDays: config.CART_RETENTION_DAYS,
  });
  const selling = {
    db,
    log,
    step,
    switches,
    gateway: createGateway(config, instruments, switches),
    orders: createOrdersClient(config),
    screen: createScreen(config, instruments),
    closeCart: createCartCloser(db),
  };
  const door = openDoor(config);
  orderRoutes(app, selling, door, instruments);
  paymentRoutes(app, selling, door, instruments);
  return app;
}
