// Two pieces travel to a shelf that was not there, and one of them back.
import type { Act } from '../act.ts';
import { ask } from '../desk.ts';

const home = 'LON-1';
const away = 'BHX-1';

export const transfer: Act = {
  name: 'transfer',
  when: 'beside the load',
  // No panel waits for it: what it proves is that the ledgers follow stock that moves.
  makes: [],
  async play(scene) {
    const sku = scene.nextSku();
    const move = async (name: string, origin: string, dest: string, quantity: number) => {
      const id = `${scene.runId}-${name}`;
      await ask(scene, 'POST', '/internal/v1/transfers', { id, origin, dest, sku, quantity });
      for (const step of ['dispatch', 'receive'])
        await ask(scene, 'POST', `/internal/v1/transfers/${id}/${step}`);
    };
    await move('there', home, away, 2);
    await move('back', away, home, 1);
    return `one piece of ${sku} is in ${away} now`;
  },
};
