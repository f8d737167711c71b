// Payments that wait for somebody: for their buyer to agree, for another try, for a caller that died. Each has a time limit,
// and each is idempotent, so two workers and a death in between change nothing. Runs without Redis.
import type { Config } from '../core/config.ts';
import type { Database } from '../core/db/client.ts';
import { closeAbandonedKeys } from '../core/orders/abandoned-keys.ts';
import { fraudSummary } from '../core/orders/fraud-summary.ts';
import { awaitingBuyers, endUnpaid } from '../core/orders/unpaid.ts';
import { providerAccess } from '../core/payment/books.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import type { Log } from '../core/telemetry/log.ts';
import {
  chargebackBudgetUsed,
  chargebacksThisMonth,
  fraudFalsePositives,
  fraudReviewsOpen,
} from '../core/telemetry/metrics/fraud.ts';
import { createResolver } from './unknown-payments.ts';

export interface WaitingPaymentDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly config: Config;
}

const limit = 500;
/** A caller that used its whole deadline is still being answered when that ends. */
const keyGraceMs = 5_000;

/** One pass a call. */
export function createWaitingPayments({ db, instruments, log, config }: WaitingPaymentDeps) {
  // Nobody is waited for longer than the stock is held for them.
  const waitLimitMs = config.RESERVATION_TTL_MS;
  const staleAfterMs = config.SUBMISSION_DEADLINE_MS + keyGraceMs;
  const providers = providerAccess(config, instruments);
  const resolve = createResolver(
    { db, instruments, log, providers, voidAfterMs: waitLimitMs, startedBeforeMs: staleAfterMs },
    () => awaitingBuyers(db, { waitLimitMs, limit }),
  );
  return async (): Promise<void> => {
    const { failures } = await resolve();
    const ended = await endUnpaid(db, instruments, { waitLimitMs, limit });
    const keys = await closeAbandonedKeys(db, { staleAfterMs, limit });
    if (ended + keys.completed + keys.released > 0) log.info('payments.waited_for', { ended, ...keys });
    await measureFraud(db, instruments, config.CHARGEBACK_BUDGET_MINOR);
    if (failures.length > 0)
      throw new AggregateError(failures, 'payments that wait could not be asked about');
  };
}

async function measureFraud(db: Database, instruments: Instruments, budgetMinor: number): Promise<void> {
  const { chargebacks, screening, open_reviews } = await fraudSummary(db, budgetMinor);
  instruments.set(fraudReviewsOpen, {}, open_reviews);
  instruments.set(chargebackBudgetUsed, {}, Math.max(0, ...chargebacks.map(({ used_ratio }) => used_ratio)));
  instruments.set(
    chargebacksThisMonth,
    {},
    chargebacks.reduce((sum, { count }) => sum + count, 0),
  );
  instruments.set(fraudFalsePositives, {}, screening.false_positive_ratio ?? 0);
}
