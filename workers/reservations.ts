// Holds of orders that never got a payment decision go back to the shelf.
import type { Database } from '../core/db/client.ts';
import { expireReservations } from '../core/inventory/expire.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';

// One statement's worth: it locks these rows while shoppers want some of them.
const batchSize = 200;

export async function expireRound(db: Database, instruments: Instruments): Promise<'more' | 'done'> {
  return (await expireReservations(db, instruments, batchSize)) === batchSize ? 'more' : 'done';
}
