// The bookkeeping consumer: sees every order event, so that each provably came out of the pipeline. Jobs in hand at the
// same time are noted together: the commit is what they cost.
import type { Envelope } from '../core/contracts/events.ts';
import type { Database } from '../core/db/client.ts';
import { handleEvents } from '../core/outbox/inbox.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import { batchSpan, eventsASpan } from './batch-span.ts';
import { batched } from './batched.ts';
import type { Handle } from './consumer.ts';
import { handledOf, observeDone } from './handled-event.ts';

const consumer = 'order-events';
// Of 6 ms that a statement took under load 2 were work.
const batchesAtOnce = 2;

export function orderEventHandler(db: Database, instruments: Instruments): Handle {
  return batched<Envelope>({ limit: eventsASpan, atOnce: batchesAtOnce }, (envelopes) =>
    batchSpan('process', consumer, envelopes, async () => {
      const events = envelopes.map(({ event }) => handledOf(event));
      const done = await db.query('note order events', (sql) => handleEvents(sql, consumer, events));
      for (const ageSeconds of done) observeDone(instruments, ageSeconds);
    }),
  );
}
