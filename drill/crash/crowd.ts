// Shoppers at a steady rate, whatever the shop does: the load under which processes are killed and parts are stopped.
import { type Basket, fillCart } from '../buyer.ts';
import { insist, type Try } from './insist.ts';
import type { Scene } from './scene.ts';

export interface Crowd {
  readonly tries: readonly Try[];
  /** Carts that did not get as far as a quote; each was given up for a new one. */
  readonly stopped: readonly Try[];
  /** How many came, and how many of them are inside now. */
  readonly shoppers: number;
  readonly underWay: number;
  /** No new shopper; resolves when those inside have been told. */
  leave(): Promise<void>;
}

// One in twenty is declined, one in ten presses twice at once: those must survive a kill as well as the rest.
const declineEvery = 20;
const pressTwiceEvery = 10;
/** A shop that answers nobody must not make the crowd grow without end. */
const mostUnderWay = 400;
const cartPauseMs = 250;
const cartTries = 120;

export function startCrowd(scene: Scene, name: string, perSecond: number): Crowd {
  const tries: Try[] = [];
  const stopped: Try[] = [];
  const inside = new Set<Promise<void>>();
  let shoppers = 0;
  const timer = setInterval(() => {
    if (inside.size >= mostUnderWay) return;
    const shopper = visit(scene, { name, session: shoppers, tries, stopped });
    shoppers += 1;
    inside.add(shopper);
    void shopper.finally(() => inside.delete(shopper)).catch(() => undefined);
  }, 1_000 / perSecond);
  return {
    tries,
    stopped,
    get shoppers() {
      return shoppers;
    },
    get underWay() {
      return inside.size;
    },
    async leave() {
      clearInterval(timer);
      await Promise.all(inside);
    },
  };
}

interface Visit {
  readonly name: string;
  readonly session: number;
  readonly tries: Try[];
  readonly stopped: Try[];
}

async function visit(scene: Scene, { name, session, tries, stopped }: Visit): Promise<void> {
  const basket: Basket = {
    market: 'GB',
    email: `crash-${name}-${session}@shop.example`,
    lines: [{ sku: scene.skus[session % scene.skus.length]!, quantity: 1 }],
  };
  const token = `tok_${session % declineEvery === 0 ? 'decline' : 'ok'}_${name}${session}`;
  const presses = session % pressTwiceEvery === 1 ? ([1, 2] as const) : ([1] as const);
  // A half-filled cart is left behind: adding its line again could double it, and then the shopper would be wrong.
  for (let carts = 0; carts < cartTries && !scene.signal.aborted; carts++) {
    const sent_ms = Date.now();
    const filled = await fillCart(scene.shop, basket);
    if (filled.kind === 'ready') {
      const click = { session, key: `${name}-${session}`, token };
      const press = (which: 1 | 2) =>
        insist(scene, filled.ready, { ...click, press: which }, (one) => tries.push(one));
      scene.told.push(...(await Promise.all(presses.map(press))));
      return;
    }
    stopped.push({ sent_ms, answered_ms: Date.now(), outcome: filled.status === 0 ? 'unknown' : 'error' });
    await new Promise((resolve) => setTimeout(resolve, cartPauseMs));
  }
}
