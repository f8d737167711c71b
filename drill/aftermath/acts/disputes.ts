// Two buyers tell their bank that they know nothing of it. One dispute is won; one is lost. The providers tell by webhook.
import type { Act } from '../act.ts';
import { chargeOf, disputed } from '../charge.ts';
import { buy } from '../customer.ts';
import { told } from '../desk.ts';
import { untilPanelsLook } from '../shown.ts';
import { sent } from '../time-passes.ts';

export const disputes: Act = {
  name: 'disputes',
  when: 'beside the load',
  makes: ['a buyer disputes a payment', 'a provider tells of a chargeback'],
  async play(scene) {
    const [won, lost] = await Promise.all([buy(scene, 'dispute-won'), buy(scene, 'dispute-lost')]);
    for (const { orderId } of [won, lost]) {
      await sent(scene, orderId);
      await disputed(scene, await chargeOf(scene, orderId), 'notice');
      await told(scene, orderId, 'disputed', ({ state }) => state === 'disputed');
    }
    await untilPanelsLook(scene);
    await disputed(scene, await chargeOf(scene, won.orderId), 'won');
    await disputed(scene, await chargeOf(scene, lost.orderId), 'lost');
    await told(scene, won.orderId, 'won back', ({ state }) => state === 'fulfilled');
    await told(scene, lost.orderId, 'charged back', ({ state }) => state === 'chargeback');
    lost.record.returned_minor = lost.totalMinor;
    return `the dispute of ${won.orderId} was won, that of ${lost.orderId} lost`;
  },
};
