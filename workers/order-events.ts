// The bookkeeping consumer: sees every order event, so that each provably came out of the pipeline. Jobs in hand at the
// same time are noted together: the commit is what they cost.
import type { OrderEventV1 } from '../core/contracts/events.ts';
import type { Database } from '../core/db/client.ts';
import { handleEvents } from '../core/outbox/inbox.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { batched } from './batched.ts';
import type { Handle } from './consumer.ts';
import { handledOf, observeDone } from './handled-event.ts';

const consumer = 'order-events';
const eventsAtOnce = 200;

export function orderEventHandler(db: Database, instruments: Instruments): Handle {
  const note = batched<OrderEventV1>(eventsAtOnce, async (events) => {
    const done = await db.query('note order events', (sql) =>
      handleEvents(sql, consumer, events.map(handledOf)),
    );
    for (const ageSeconds of done) observeDone(instruments, ageSeconds);
  });
  return ({ event }) => note(event);
}
