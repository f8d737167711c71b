// A provider answers 500 and says not whether it charged: the call is repeated under the same key.
import type { Act } from '../act.ts';
import { fill, press } from '../customer.ts';
import { withFault } from '../with-fault.ts';

export const repeatedCall: Act = {
  name: 'repeated-call',
  when: 'after the load',
  alone: true,
  makes: ['a provider refuses a call that may be repeated'],
  async play(scene) {
    const ready = await fill(scene, 'repeated');
    const mix = [{ position: 'error', share: 1, delayMs: 0 }] as const;
    const fault = { id: 'says-500', provider: 'psp-primary', operation: 'authorize', mix } as const;
    // Over before the pause after which the call is repeated, unless the machine is slow: then nobody knows, and asks.
    const pressed = await withFault(scene, fault, async (bitten) => {
      const told = press(scene, 'repeated', ready);
      await Promise.race([bitten(), told]);
      return { told };
    });
    const { outcome } = await pressed.told;
    if (outcome !== 'placed' && outcome !== 'confirming') throw new Error(`the buyer was told ${outcome}`);
    return `a payment whose first call was answered 500 was told as ${outcome}`;
  },
};
