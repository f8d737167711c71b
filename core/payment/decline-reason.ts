// What a provider's decline code means, as a label: providers write their codes in many ways and add new ones.
import type { DeclineReason } from '../telemetry/metrics/payment.ts';

const reasons: Readonly<Record<string, DeclineReason>> = {
  insufficient_funds: 'insufficient_funds',
  do_not_honor: 'do_not_honour',
  do_not_honour: 'do_not_honour',
  generic_decline: 'do_not_honour',
  expired_card: 'expired',
  expired_token: 'expired',
  lost_card: 'lost_or_stolen',
  stolen_card: 'lost_or_stolen',
  pickup_card: 'lost_or_stolen',
  card_velocity_exceeded: 'limit_exceeded',
  withdrawal_count_limit_exceeded: 'limit_exceeded',
  token_of_another_method: 'wrong_token',
  declined_by_buyer: 'declined_by_buyer',
  refused_by_provider: 'refused_by_provider',
};

/** Own keys only: a code may be any word, `constructor` among them. */
export const declineReason = (code: string): DeclineReason =>
  Object.hasOwn(reasons, code) ? reasons[code]! : 'other';
