// What nobody holds on to goes back to the shelf, and the shelf's own sums are checked.
import type { Database } from '../core/db/client.ts';
import { repairDrift } from '../core/inventory/drift.ts';
import { expireReservations, keepPaidHolds } from '../core/inventory/expire.ts';
import { oldestFeedSeconds } from '../core/inventory/stock-feed.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import type { Log } from '../core/telemetry/log.ts';
import { stockFeedAge } from '../core/telemetry/metrics/inventory.ts';

// One statement's worth: it locks these rows while shoppers want some of them.
const batchSize = 200;

/** Carts' and unpaid orders' overdue holds lapse; those of paid orders lose their end. */
export async function expireRound(db: Database, instruments: Instruments): Promise<'more' | 'done'> {
  const expired = await expireReservations(db, instruments, batchSize);
  const kept = await keepPaidHolds(db, batchSize);
  return expired >= batchSize || kept === batchSize ? 'more' : 'done';
}

/** Rarer than reconciliation looks, so that drift is seen before it is repaired. */
export async function stockRound(db: Database, instruments: Instruments, log: Log): Promise<'done'> {
  for (const { sku, location_id, ...by } of await repairDrift(db, instruments))
    log.error('stock.drift_repaired', { sku, location_id, ...by });
  instruments.set(stockFeedAge, {}, await oldestFeedSeconds(db));
  return 'done';
}
