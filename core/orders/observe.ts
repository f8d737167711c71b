// The metrics of a completed payment event, the same whoever brought it.
import type { PaymentEvent } from '../contracts/orders-api.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { reservations } from '../telemetry/metrics/inventory.ts';
import { orderConfirmationDuration, orderTransitions } from '../telemetry/metrics/orders.ts';
import type { Outcome } from './outcome.ts';

export function observe(instruments: Instruments, event: PaymentEvent, { entered, voided }: Outcome): void {
  for (const to of entered) instruments.count(orderTransitions, { to });
  if (voided > 0) instruments.count(reservations, { result: 'voided' });
  if (entered.includes('authorized')) {
    // Clocks of two machines may differ by more than the call took.
    const seconds = Math.max(0, Date.now() - event.decided_at_ms) / 1000;
    instruments.observe(orderConfirmationDuration, {}, seconds);
  }
}
