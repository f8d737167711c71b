// Goods come back: the warehouse puts one piece on the shelf and throws one away, then the money follows.
import type { Act } from '../act.ts';
import { buy } from '../customer.ts';
import { change, told } from '../desk.ts';
import { sent } from '../time-passes.ts';

export const goodsReturned: Act = {
  name: 'goods-returned',
  when: 'beside the load',
  makes: ['an order is cancelled, refunded, returned or disputed'],
  async play(scene) {
    const { orderId, record, totalMinor, sku } = await buy(scene, 'returner', { quantity: 2 });
    const { parcels } = await sent(scene, orderId);
    const { location_id } = parcels[0]!;
    const lines = (['resell', 'scrap'] as const).map((disposition) => ({
      ...{ sku, location_id, quantity: 1, disposition },
    }));
    await change(scene, orderId, 'returns', 'return', { lines, reason: 'does_not_fit' });
    await change(scene, orderId, 'refunds', 'returned', { reason: 'returned' });
    await told(scene, orderId, 'refunded', ({ state }) => state === 'refunded');
    record.returned_minor = totalMinor;
    return `order ${orderId} came back and is refunded`;
  },
};
