// Disputes: the buyer's bank asks (notice) and decides (lost, won). Money leaves with the loss, and comes back when a
// loss is won on appeal; a notice moves nothing.
import { randomUUID } from 'node:crypto';
import type { Dispute, DisputeKind } from './entries.ts';
import type { Journal } from './journal.ts';
import { refundable } from './operations.ts';

export type DisputeOutcome =
  | { readonly kind: 'done'; readonly dispute: Dispute }
  | { readonly kind: 'no_such_charge' }
  /** Not the next step: a verdict without a notice, a second notice, nothing left to dispute. */
  | { readonly kind: 'out_of_turn' };

const follows: Readonly<Record<DisputeKind, readonly (DisputeKind | undefined)[]>> = {
  notice: [undefined],
  lost: ['notice'],
  won: ['notice', 'lost'],
};

export function disputesOf({ byReference, record }: Journal, now: () => number) {
  return {
    async dispute(reference: string, kind: DisputeKind): Promise<DisputeOutcome> {
      const charge = byReference.get(reference)?.find(({ captured_minor }) => captured_minor > 0);
      if (charge === undefined) return { kind: 'no_such_charge' };
      const last = charge.disputes.at(-1);
      // What was refunded since the notice cannot be lost as well.
      const left = refundable(charge);
      const amount_minor = kind === 'won' ? last?.amount_minor : Math.min(last?.amount_minor ?? left, left);
      if (!follows[kind].includes(last?.dispute) || amount_minor === undefined || amount_minor <= 0)
        return { kind: 'out_of_turn' };
      const id = last?.id ?? `dp_${randomUUID().replaceAll('-', '')}`;
      const returned_minor = kind === 'won' && last?.dispute === 'lost' ? last.amount_minor : 0;
      const step = { id, dispute: kind, charge: charge.id, amount_minor, returned_minor };
      const dispute: Dispute = { ...step, at_ms: now() };
      await record({ kind: 'dispute', ...dispute });
      return { kind: 'done', dispute };
    },
  };
}
