// A suspicious order waits for a person, who accepts it; later it turns out to have been honest.
import { fraudReviewsOpen } from '../../../core/telemetry/metrics/fraud.ts';
import type { Act } from '../act.ts';
import { buy } from '../customer.ts';
import { ask } from '../desk.ts';
import { shown } from '../shown.ts';

const by = 'aftermath';

export const fraudReview: Act = {
  name: 'fraud-review',
  when: 'beside the load',
  makes: ['an order is sent to review', 'a reviewed order is judged'],
  async play(scene) {
    const { orderId } = await buy(scene, 'suspect', { token: 'tok_ok_riskyaftermath' });
    const { reviews } = await ask<{ reviews: readonly { order_id: string }[] }>(
      ...([scene, 'GET', '/internal/v1/fraud/reviews'] as const),
    );
    if (!reviews.some(({ order_id }) => order_id === orderId))
      throw new Error(`order ${orderId} is not under review`);
    // Counted every 15 s.
    await shown(scene, fraudReviewsOpen.name);
    await ask(scene, 'POST', `/internal/v1/fraud/reviews/${orderId}`, { decision: 'accepted', by });
    await ask(scene, 'POST', '/internal/v1/fraud/labels', { subject: orderId, label: 'legitimate', by });
    return `order ${orderId} was looked at, accepted and found honest`;
  },
};
