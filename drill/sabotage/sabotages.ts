// The explicit list: adding a sabotage is adding it here.
import { UsageError } from '../../stack/usage-error.ts';
import { deadPanel } from './dead-panel.ts';
import { doctoredLedger } from './doctored-ledger.ts';
import { lostIdempotencyKey } from './lost-idempotency-key.ts';
import { lostOrder } from './lost-order.ts';
import { missingAlert } from './missing-alert.ts';
import { oversell } from './oversell.ts';
import { raisedThreshold } from './raised-threshold.ts';
import type { Sabotage } from './sabotage.ts';
import { slowCheckout } from './slow-checkout.ts';
import { starvedDoubleCharge } from './starved-double-charge.ts';
import { starvedGenerator } from './starved-generator.ts';

export const sabotages: readonly Sabotage[] = [
  lostIdempotencyKey,
  oversell,
  missingAlert,
  slowCheckout,
  lostOrder,
  deadPanel,
  doctoredLedger,
  starvedGenerator,
  starvedDoubleCharge,
  raisedThreshold,
];

export function sabotageNamed(name: string): Sabotage {
  const found = sabotages.find((sabotage) => sabotage.name === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `there is no sabotage ${name}; there are ${sabotages.map((sabotage) => sabotage.name).join(', ')}`,
  );
}
