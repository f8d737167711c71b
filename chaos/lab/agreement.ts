// The buyer's word on a payment that waits for it: given once, whoever brings it.
import type { Charge } from './entries.ts';
import type { Journal } from './journal.ts';

export type Agreement =
  | { readonly kind: 'decided'; readonly charge: Charge }
  | { readonly kind: 'voided' }
  | { readonly kind: 'not_found' };

export const agreementOf = ({ byId, byReference, record, flushed }: Journal, now: () => number) => ({
  async agree(
    which: { readonly id: string } | { readonly reference: string },
    agreed: boolean,
    answered: boolean,
  ): Promise<Agreement> {
    const charge = 'id' in which ? byId.get(which.id) : byReference.get(which.reference)?.[0];
    if (charge === undefined || charge.history[0]!.status !== 'pending') return { kind: 'not_found' };
    if (charge.status === 'pending') {
      const status = agreed ? 'approved' : 'declined';
      await record({ kind: 'state', id: charge.id, status, at_ms: now() }, answered);
    }
    await flushed();
    // Voided before the buyer said anything: the word came too late. Voided afterwards, it is still what they said.
    return charge.history[1]!.status === 'voided' ? { kind: 'voided' } : { kind: 'decided', charge };
  },
});
