// We stop one way to pay for a while, and let it go again; another switch, that somebody forgets, ends by itself.
import type { SwitchList } from '../../../core/contracts/switches-api.ts';
import type { Act } from '../act.ts';
import { fill, placed, press } from '../customer.ts';
import { ask } from '../desk.ts';
import { untilScraped } from '../shown.ts';

const by = 'aftermath';
/** Longer than two scrapes of the default drill, so that the panel sees it on and off. */
const endsItselfSeconds = 5;

export const killSwitch: Act = {
  name: 'kill-switch',
  when: 'after the load',
  makes: ['a kill switch is turned on', 'a kill switch is turned on, or its dry run'],
  async play(scene) {
    const at = '/internal/v1/switches';
    const wallet = `${at}/payment_method/wallet`;
    const ready = await fill(scene, 'wallet-owner');
    await scene.diary.note({ aftermath: 'wallet is switched off', undo: 'it ends by itself' });
    await ask(scene, 'PUT', wallet, { by, why: 'the drill turns it off', for_seconds: 30 });
    try {
      const refused = await press(scene, 'wallet-owner', ready, { method: 'wallet' });
      if (refused.outcome === 'placed') throw new Error('a wallet was taken though it is switched off');
      const forgotten = { by, why: 'the drill forgets it', for_seconds: endsItselfSeconds };
      await ask(scene, 'PUT', `${at}/shipping_method/drone`, forgotten);
      await untilScraped(scene);
    } finally {
      await ask(scene, 'DELETE', wallet, { by, why: 'the drill is done with it' });
    }
    const { switches } = await ask<SwitchList>(scene, 'GET', at);
    const left = switches.filter(({ value, state }) => value === 'wallet' && state === 'on');
    if (left.length > 0) throw new Error('the switch of the wallet is still on');
    placed('wallet-owner', await press(scene, 'wallet-owner-again', ready, { method: 'wallet' }));
    return 'a wallet was refused while it was switched off, and taken afterwards';
  },
};
