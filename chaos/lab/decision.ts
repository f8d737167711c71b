// What a provider decides about an authorisation. The token says it, so that a run can be repeated.
//
//   tok_ok_…, tok_decline_…   approved, declined; by a lender (`bnpl`) tok_ok_… waits for its buyer first
//   tok_gift_5000Ann          the gift card named so, which had 5000 when it was sold: declined when it has less left
import type { PaymentMethod } from '../../core/payment/methods.ts';
import type { AuthorizationRequest, Charge } from './entries.ts';

export interface Decision {
  readonly status: 'approved' | 'declined' | 'pending';
  readonly decline_code: string | null;
  /** The card whose balance it takes. */
  readonly gift_card?: string;
}

const declined = (decline_code: string): Decision => ({ status: 'declined', decline_code });
const giftCard = /^tok_gift_([0-9]{1,7})[A-Za-z][A-Za-z0-9]*$/;

export function decide(
  { method, token, amount_minor }: AuthorizationRequest,
  charges: Iterable<Charge>,
): Decision {
  if (token.startsWith('tok_decline_')) return declined('insufficient_funds');
  const sold = giftCard.exec(token)?.[1];
  const gift = (method satisfies string as PaymentMethod) === 'gift_card';
  if (gift !== (sold !== undefined)) return declined('token_of_another_method');
  if (sold !== undefined)
    return Number(sold) - spent(token, charges) < amount_minor
      ? { ...declined('insufficient_funds'), gift_card: token }
      : { status: 'approved', decline_code: null, gift_card: token };
  return { status: method === 'bnpl' ? 'pending' : 'approved', decline_code: null };
}

/** A balance is what the books say, so that nothing can be spent twice, by a restart neither. */
function spent(card: string, charges: Iterable<Charge>): number {
  let sum = 0;
  for (const charge of charges)
    if (charge.gift_card === card && (charge.status === 'approved' || charge.status === 'captured'))
      sum +=
        (charge.status === 'captured' ? charge.captured_minor : charge.amount_minor) - charge.refunded_minor;
  return sum;
}
