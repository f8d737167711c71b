// Captures and refunds at a payment provider: one capture a charge, refunds up to what was captured and not lost.
import { randomUUID } from 'node:crypto';
import type { Charge, Operation, OperationKind } from './entries.ts';
import type { Journal } from './journal.ts';
import { keyLivesMs, type Profile } from './profiles.ts';

export interface OperationRequest {
  readonly reference: string;
  readonly amount_minor: number;
  readonly currency: string;
}

export type OperationOutcome =
  | { readonly kind: 'done'; readonly operation: Operation; readonly replayed: boolean }
  | { readonly kind: 'key_reused' }
  | { readonly kind: 'refused'; readonly error: 'not_capturable' | 'exceeds_captured' | 'reference_voided' }
  /** Says nothing of who captured it: a provider that does not know keys cannot. */
  | { readonly kind: 'already_captured' };

/** What a lost dispute took back, unless it was won in the end. */
function chargedBack({ disputes }: Charge): number {
  const last = disputes.at(-1);
  return last?.dispute === 'lost' ? last.amount_minor : 0;
}

export const refundable = (charge: Charge) =>
  charge.captured_minor - charge.refunded_minor - chargedBack(charge);

export function operationsOf(journal: Journal, profile: Profile, now: () => number) {
  const { byId, byReference, operationsByKey, tombstones } = journal;

  function decide(kind: OperationKind, request: OperationRequest): Charge | OperationOutcome {
    const { reference, amount_minor, currency } = request;
    const charges = (byReference.get(reference) ?? []).filter((charge) => charge.currency === currency);
    if (kind === 'refund')
      return (
        charges.find((charge) => refundable(charge) >= amount_minor) ?? {
          kind: 'refused',
          error: 'exceeds_captured',
        }
      );
    const open = charges.find(({ status }) => status === 'approved');
    if (open !== undefined)
      return amount_minor <= open.amount_minor ? open : { kind: 'refused', error: 'not_capturable' };
    if (!profile.replaysOperations && charges.some(({ status }) => status === 'captured'))
      return { kind: 'already_captured' };
    const error = tombstones.has(reference) ? 'reference_voided' : 'not_capturable';
    return { kind: 'refused', error };
  }

  /** The operation a key stands for, where the provider remembers keys. */
  function remembered(key: string): Operation | undefined {
    if (!profile.replaysOperations) return undefined;
    return operationsByKey.get(key)?.find(({ at_ms }) => now() - at_ms < keyLivesMs);
  }

  function isRepeat(known: Operation, kind: OperationKind, request: OperationRequest): boolean {
    const charge = byId.get(known.charge)!;
    return (
      known.operation === kind &&
      known.amount_minor === request.amount_minor &&
      charge.reference === request.reference &&
      charge.currency === request.currency
    );
  }

  return {
    /** Decided at once, told when durable, as an authorisation is. */
    async operate(
      operation: OperationKind,
      key: string,
      request: OperationRequest,
      answered = true,
    ): Promise<OperationOutcome> {
      const known = remembered(key);
      if (known !== undefined) {
        if (!isRepeat(known, operation, request)) return { kind: 'key_reused' };
        await journal.flushed();
        return { kind: 'done', operation: known, replayed: true };
      }
      const decided = decide(operation, request);
      if ('kind' in decided) {
        await journal.flushed();
        return decided;
      }
      const id = `${operation === 'capture' ? 'cap' : 're'}_${randomUUID().replaceAll('-', '')}`;
      const fields = { id, operation, key, charge: decided.id, amount_minor: request.amount_minor };
      const made: Operation = { ...fields, at_ms: now() };
      await journal.record({ kind: 'operation', ...made }, answered);
      return { kind: 'done', operation: made, replayed: false };
    },
    /** Every operation made under a key, however old; the only way to learn what a lost answer said. */
    async operationsUnder(key: string): Promise<readonly { operation: Operation; charge: Charge }[]> {
      await journal.flushed();
      return (operationsByKey.get(key) ?? []).map((operation) => ({
        operation,
        charge: byId.get(operation.charge)!,
      }));
    },
  };
}
