// A customer changes their mind before anything is sent. The provider voids the charge and its answer is lost on the way, so
// that it has to be asked again.
import { until } from '../../../stack/until.ts';
import type { Act } from '../act.ts';
import { chargeOf, statusAt } from '../charge.ts';
import { buy } from '../customer.ts';
import { change, patience, told } from '../desk.ts';
import { confirmed } from '../time-passes.ts';
import { withFault } from '../with-fault.ts';

export const cancellation: Act = {
  name: 'cancellation',
  when: 'beside the load',
  makes: [
    'an order is cancelled, refunded, returned or disputed',
    'a provider does not answer reconciliation',
  ],
  async play(scene) {
    const customer = await buy(scene, 'canceller');
    const { orderId } = customer;
    const charge = await chargeOf(scene, orderId);
    await confirmed(scene, orderId);
    // Held for longer than the shop's 2 s: nobody hears that it was voided. Nothing else is voided before the first fault.
    const mix = [{ position: 'after', share: 1, delayMs: 3_000 }] as const;
    const fault = { id: 'void-unheard', provider: charge.provider, operation: 'void', mix } as const;
    await withFault(scene, fault, async (bitten) => {
      await change(scene, orderId, 'cancel', 'cancel', { reason: 'changed_my_mind' });
      customer.record.cancelled = true;
      await bitten();
    });
    const { state } = await told(scene, orderId, 'cancelled', (history) => history.state === 'cancelled');
    const voided = async () => (await statusAt(scene, charge)) === 'voided' || null;
    await until(`void of ${charge.reference}`, voided, { ...patience, signal: scene.signal });
    return `order ${orderId} is ${state}, its charge voided`;
  },
};
