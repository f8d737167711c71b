// One client asks far more often than a household would, and is told when to come back.
import { openShopClient } from '../../buyer.ts';
import type { Act } from '../act.ts';

// A documentation address: the shop believes it because the drill stands where its proxy would (aftermath.ts).
const eager = { 'x-forwarded-for': '203.0.113.7' };
/** The burst a client has by default and what flows in while it is spent, many times over: a slow machine is slow to ask. */
const mostCalls = 4_000;
const atOnce = 64;

export const eagerClient: Act = {
  name: 'eager-client',
  when: 'after the load',
  makes: ['a process is too busy, or one client asks too often'],
  async play(scene) {
    const path = `/v1/atp/${scene.nextSku()}`;
    const client = openShopClient(scene.booted.shop.orders.url, atOnce);
    let calls = 0;
    const refused: number[] = [];
    const ask = async () => {
      while (refused.length === 0 && calls < mostCalls && !scene.signal.aborted) {
        calls += 1;
        const { status, retryAfterSeconds } = await client.call('GET', path, undefined, eager);
        if (status === 429) refused.push(retryAfterSeconds ?? 0);
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, ask));
    } finally {
      await client.close();
    }
    const wait = refused[0];
    if (wait === undefined) throw new Error(`${calls} calls were all answered`);
    if (wait === 0) throw new Error('refused, and not told when to come back');
    return `refused after ${calls} calls, for ${wait} s`;
  },
};
