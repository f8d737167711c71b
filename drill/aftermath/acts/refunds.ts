// A parcel arrives dented: some money goes back, and later all of it. Two refunds, two letters, one capture.
import { fulfilmentOpenParcels } from '../../../core/telemetry/metrics/orders.ts';
import type { Act } from '../act.ts';
import { buy } from '../customer.ts';
import { change, told } from '../desk.ts';
import { shown } from '../shown.ts';
import { sent } from '../time-passes.ts';

export const refunds: Act = {
  name: 'refunds',
  when: 'beside the load',
  makes: [
    'an order is captured or refunded',
    'an order is packed',
    // Its parcel waits for the carrier while the panels look.
    'an order gets old enough to be sent, or is undone',
  ],
  async play(scene) {
    const [part, whole] = await Promise.all([buy(scene, 'partly-refunded'), buy(scene, 'refunded')]);
    const open = () => shown(scene, fulfilmentOpenParcels.name);
    await Promise.all([sent(scene, part.orderId, open), sent(scene, whole.orderId)]);
    for (const { orderId, record } of [part, whole]) {
      await change(scene, orderId, 'refunds', `first-${orderId}`, { amount_minor: 100, reason: 'dented' });
      await told(scene, orderId, 'refunded in part', ({ money }) => money.refunded === 100);
      record.returned_minor = 100;
    }
    await change(scene, whole.orderId, 'refunds', 'rest', { reason: 'not_as_described' });
    await told(scene, whole.orderId, 'refunded', ({ state }) => state === 'refunded');
    whole.record.returned_minor = whole.totalMinor;
    return `order ${part.orderId} refunded in part, ${whole.orderId} in two refunds as a whole`;
  },
};
