// What the providers say against what we say, every few seconds: read their books, settle what is undecided, give back
// what is held for nothing, count what must never be. Runs without Redis.
import type { Config } from '../core/config.ts';
import type { Database } from '../core/db/client.ts';
import { providerAccess } from '../core/payment/books.ts';
import type { Instruments } from '../core/telemetry/instruments.ts';
import type { Log } from '../core/telemetry/log.ts';
import { invariantsLastCounted, reconciliationLastSuccess } from '../core/telemetry/metrics/invariants.ts';
import { createInvariants } from './invariants.ts';
import type { PassResult } from './in-turn.ts';
import { importBooks } from './provider-books.ts';
import { createStrayCharges } from './stray-charges.ts';
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
  const deps = { db, instruments, log, providers };
  const resolveUnknown = createUnknownPayments({
    ...deps,
    startedBeforeMs,
    voidAfterMs: config.UNKNOWN_VOID_AFTER_MS,
  });
  const voidStrays = createStrayCharges(deps);
  const countInvariants = createInvariants(db, instruments, {
    startedBeforeMs,
    outboxDays: config.OUTBOX_RETENTION_DAYS,
  });
  return async () => {
    const failures: unknown[] = [];
    // What must never be is counted whatever else fails, and nothing that fails keeps the rest from being done.
    const anyway = <T>(work: Promise<T>, otherwise: T) =>
      work.catch((error: unknown) => {
        failures.push(error);
        return otherwise;
      });
    const books = await Promise.all(providers.map((access) => anyway(importBooks(db, access), null)));
    // Side by side: each takes its whole time limit while a provider lets calls time out.
    const [resolved, voided] = await Promise.all([
      anyway(resolveUnknown(), nothing),
      anyway(voidStrays(), nothing),
    ]);
    await anyway(
      countInvariants().then(() => instruments.set(invariantsLastCounted, {}, Date.now() / 1000)),
      undefined,
    );
    if (resolved.settled + voided.settled > 0)
      log.info('reconciled', { resolved: resolved.settled, voided: voided.settled });
    failures.push(...resolved.failures, ...voided.failures);
    for (const [i, result] of books.entries())
      if (result?.kind === 'no_answer')
        failures.push(new Error(`books not read: ${providers[i]!.provider}: ${result.reason}`));
    if (failures.length > 0) throw incomplete(failures);
    instruments.set(reconciliationLastSuccess, {}, Date.now() / 1000);
  };
}

const nothing: PassResult = { settled: 0, failures: [] };

/** One error for all of a pass; each reason once, however many cases share it. */
function incomplete(failures: readonly unknown[]): AggregateError {
  const reasons = failures.map((error) => (error instanceof Error ? error.message : String(error)));
  return new AggregateError(failures, [...new Set(reasons)].join('; ').slice(0, 500));
}
