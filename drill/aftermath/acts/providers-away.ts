// Tax and fraud screening are away for one buyer: the shop goes on with what it was told for the same basket, and a value limit.
import type { ProviderFault } from '../../../chaos/experiments/experiment.ts';
import type { Act } from '../act.ts';
import { buy, fill } from '../customer.ts';
import { withFault } from '../with-fault.ts';

const mix = [{ position: 'before', share: 1, delayMs: 0 }] as const;
const away = {
  tax: { id: 'tax-away', provider: 'tax', operation: 'quote', mix },
  fraud: { id: 'fraud-away', provider: 'fraud', operation: 'screen', mix },
} as const satisfies Record<string, ProviderFault>;

export const providersAway: Act = {
  name: 'providers-away',
  when: 'after the load',
  // Others would be refused: nobody is told a tax for a basket that was not asked about before.
  alone: true,
  makes: ['tax, rates or fraud is away'],
  async play(scene) {
    const sku = scene.nextSku();
    await fill(scene, 'undeterred', { sku });
    const { orderId } = await withFault(scene, away.tax, () =>
      withFault(scene, away.fraud, () => buy(scene, 'undeterred', { sku })),
    );
    return `order ${orderId} was placed without tax and screening`;
  },
};
