// News in the wrong order, and twice: a lost dispute is told before anybody told of the dispute. It waits on record as an open
// discrepancy until it is possible, and ends as if it had come in turn.
import { openDiscrepancies } from '../../../core/telemetry/metrics/invariants.ts';
import type { Act } from '../act.ts';
import { chargeOf, disputed } from '../charge.ts';
import { buyLater } from '../customer.ts';
import { told } from '../desk.ts';
import { shown } from '../shown.ts';
import { sent } from '../time-passes.ts';
import { tellByWebhook, untold } from '../webhooks.ts';

export const earlyWebhook: Act = {
  name: 'early-webhook',
  when: 'beside the load',
  makes: ['two books differ', 'a provider tells of what we do not know'],
  async play(scene) {
    // A loan in the US is with the other provider: nobody else waits for its webhooks before the first fault.
    const { orderId, record, totalMinor } = await buyLater(scene, 'borrower', 'US');
    await sent(scene, orderId);
    const charge = await chargeOf(scene, orderId);
    await untold(scene, charge, async () => {
      const news = async (kind: 'notice' | 'lost') => {
        const { id: dispute_id, amount_minor } = await disputed(scene, charge, kind);
        return { kind, order: orderId, dispute_id, amount_minor };
      };
      const [notice, lost] = [await news('notice'), await news('lost')];
      await tellByWebhook(scene, charge, lost);
      await told(scene, orderId, 'waiting for its turn', ({ waiting }) => waiting.length === 1);
      // Counted every 30 s; what the books know and we were not told, the books would tell us after a minute.
      await shown(scene, openDiscrepancies.name, { class: 'illegal_event' });
      for (let times = 0; times < 2; times++) await tellByWebhook(scene, charge, notice);
    });
    await told(
      scene,
      orderId,
      'charged back',
      ({ state, waiting }) => state === 'chargeback' && waiting.length === 0,
    );
    record.returned_minor = totalMinor;
    return `order ${orderId} heard of its end first, and of its dispute twice`;
  },
};
