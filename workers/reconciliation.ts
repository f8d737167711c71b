// What the providers say against what we say, every few seconds: read their books, settle what is undecided, give back
// what is held for nothing, count what must never be. Runs without Redis.
import type { Config } from '../core/config.ts';
import type { Database } from '../core/db/client.ts';
import { providerAccess } from '../core/payment/books.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import type { Log } from '../core/telemetry/log.ts';
import { reconciliationLastSuccess } from '../core/telemetry/metrics.ts';
import { publishInvariants } from './invariants.ts';
import { importBooks } from './provider-books.ts';
import { voidStrayCharges } from './stray-charges.ts';
import { createUnknownPayments } from './unknown-payments.ts';

export interface ReconciliationDeps {
  readonly db: Database;
  readonly instruments: Instruments;
  readonly log: Log;
  readonly config: Config;
}

// A submission that used its whole deadline is still being confirmed when that ends.
const confirmGraceMs = 1_000;

/** One pass a call. Rejects when it was not complete: then the gauges are older than they seem, and an alert says so. */
export function createReconciliation({
  db,
  instruments,
  log,
  config,
}: ReconciliationDeps): () => Promise<void> {
  const providers = providerAccess(config, instruments);
  const startedBeforeMs = config.SUBMISSION_DEADLINE_MS + confirmGraceMs;
  const deps = { db, instruments, providers };
  const unknown = createUnknownPayments({
    ...deps,
    startedBeforeMs,
    voidAfterMs: config.UNKNOWN_VOID_AFTER_MS,
  });
  return async () => {
    const books = await Promise.all(providers.map((access) => importBooks(db, access)));
    const resolved = await unknown.resolve();
    const voided = await voidStrayCharges(deps);
    await publishInvariants(db, instruments, startedBeforeMs);
    if (resolved + voided > 0) log.info('reconciled', { resolved, voided });
    const unread = books.flatMap((result, i) =>
      result.kind === 'no_answer' ? [`${providers[i]!.provider}: ${result.reason}`] : [],
    );
    if (unread.length > 0) throw new Error(`books not read: ${unread.join(', ')}`);
    instruments.set(reconciliationLastSuccess, {}, Date.now() / 1000);
  };
}
