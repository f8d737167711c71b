// The bookkeeping consumer: sees every order event, so that each provably came out of the pipeline.
import type { Database } from '../core/db/client.ts';
import { handleOnce } from '../core/outbox/inbox.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import type { Handle } from './consumer.ts';
import { closeEvent } from './handled-event.ts';

const consumer = 'order-events';

export const orderEventHandler =
  (db: Database, instruments: Instruments): Handle =>
  async ({ event }) => {
    await db.query('note order event', (sql) => handleOnce(sql, consumer, event.event_id));
    await closeEvent(db, instruments, event);
  };
