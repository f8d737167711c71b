// A buyer who pays later changes their mind at the provider's page, and pays the order that waited for them by card.
import type { Act } from '../act.ts';
import { buyLater, pay, placed, waiting } from '../customer.ts';
import { untilPanelsLook } from '../shown.ts';

export const secondPayment: Act = {
  name: 'second-payment',
  when: 'beside the load',
  makes: ['a shopper pays an order in a second step'],
  async play(scene) {
    const agreed = await buyLater(scene, 'lender', 'GB');
    await untilPanelsLook(scene);
    const { orderId } = await waiting(scene, 'waverer', 'GB', async (first) => {
      const refused = await pay(scene, 'waverer', first, { method: 'bnpl', token: 'tok_decline_aftermath' });
      if (refused.outcome !== 'declined') throw new Error(`the waverer was told ${refused.outcome}`);
      return placed('waverer', await pay(scene, 'waverer-again', first, {}));
    });
    return `order ${agreed.orderId} was agreed to, ${orderId} paid by card instead`;
  },
};
