// The orders service: the frame, and its routes.
import type { Hono } from 'hono';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import { createHttpApp } from '../http/app.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import type { Log } from '../telemetry/log.ts';
import { addOrderRoutes } from './routes.ts';

export interface OrdersDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly config: Pick<Config, 'SERVICE_TOKEN' | 'RESERVATION_TTL_MS' | 'SUBMISSION_DEADLINE_MS'>;
}

export function createOrdersApp({ db, instruments, log, config }: OrdersDeps): Hono {
  const ready = async () => {
    await db.sql`select 1 from orders.orders limit 1`;
  };
  const app = createHttpApp({ instruments, log, ready });
  addOrderRoutes(app, {
    db,
    instruments,
    serviceToken: config.SERVICE_TOKEN,
    reservationTtlMs: config.RESERVATION_TTL_MS,
    submissionDeadlineMs: config.SUBMISSION_DEADLINE_MS,
  });
  return app;
}
