// Cases that are settled one by one by asking a provider: several at a time, within a time limit, and one that cannot
// be worked on keeps none of the others waiting.
import { errorFields, type Log } from '../core/telemetry/log.ts';

const atOnce = 16;
/** A pass ends within this, so that the gauges stay fresh while a provider lets every call time out. */
const passLimitMs = 4_000;

export interface PassResult {
  readonly settled: number;
  /** What cases failed with, each logged already. */
  readonly failures: readonly unknown[];
}

/** `settle` answers whether the case is settled now. */
type InTurn<T> = (open: readonly T[], settle: (one: T) => Promise<boolean>) => Promise<PassResult>;

export function createInTurn<T>(log: Log, idOf: (one: T) => string): InTurn<T> {
  // Who was asked about longest ago is asked about first: a few that never get an answer must not starve the rest.
  let askedAt = new Map<string, number>();
  return async (open, settle) => {
    askedAt = new Map(open.map((one) => [idOf(one), askedAt.get(idOf(one)) ?? 0]));
    const inTurn = open.toSorted((a, b) => askedAt.get(idOf(a))! - askedAt.get(idOf(b))!);
    const endsAt = performance.now() + passLimitMs;
    let settled = 0;
    const failures: unknown[] = [];
    const walk = inTurn.values();
    const walker = async () => {
      for (const one of walk) {
        if (performance.now() > endsAt) return;
        askedAt.set(idOf(one), Date.now());
        try {
          if (await settle(one)) settled += 1;
        } catch (error) {
          failures.push(error);
          log.error('reconciliation.case_failed', { case: idOf(one), ...errorFields(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, walker));
    return { settled, failures };
  };
}
