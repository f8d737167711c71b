// Shoppers at a steady rate, whatever the shop does: the load under which processes are killed and parts are stopped.
import type { ShopperRecord } from '../../loadtests/shopper-record.ts';
import { type Basket, fillCart } from '../buyer.ts';
import { insist, type Try } from './insist.ts';
import type { Scene } from './scene.ts';

export interface Crowd {
  readonly tries: readonly Try[];
  /** Carts that did not get as far as a quote; each was given up for a new one. */
  readonly stopped: readonly Try[];
  readonly underWay: number;
  /** No new shopper; resolves when those inside have been told. */
  leave(): Promise<void>;
}

// One in twenty is declined: a cancelled order must survive a kill as well as a paid one.
const declineEvery = 20;
/** A shop that answers nobody must not make the crowd grow without end. */
const mostUnderWay = 400;
const cartPauseMs = 250;
const cartTries = 120;

export function startCrowd(scene: Scene, name: string, perSecond: number): Crowd {
  const tries: Try[] = [];
  const stopped: Try[] = [];
  const inside = new Set<Promise<void>>();
  let next = 0;
  const timer = setInterval(() => {
    if (inside.size >= mostUnderWay) return;
    const shopper = shop(scene, name, next++, tries, stopped).then((record) => {
      if (record !== null) scene.told.push(record);
    });
    inside.add(shopper);
    void shopper.finally(() => inside.delete(shopper)).catch(() => undefined);
  }, 1_000 / perSecond);
  return {
    tries,
    stopped,
    get underWay() {
      return inside.size;
    },
    async leave() {
      clearInterval(timer);
      await Promise.all(inside);
    },
  };
}

async function shop(
  scene: Scene,
  name: string,
  session: number,
  tries: Try[],
  stopped: Try[],
): Promise<ShopperRecord | null> {
  const basket: Basket = {
    market: 'GB',
    email: `crash-${name}-${session}@shop.example`,
    lines: [{ sku: scene.skus[session % scene.skus.length]!, quantity: 1 }],
  };
  const token = `tok_${session % declineEvery === 0 ? 'decline' : 'ok'}_${name}${session}`;
  // A half-filled cart is left behind: adding its line again could double it, and then the shopper would be wrong.
  for (let carts = 0; carts < cartTries && !scene.signal.aborted; carts++) {
    const sent_ms = Date.now();
    const filled = await fillCart(scene.shop, basket);
    if (filled.kind === 'ready')
      return insist(scene.shop, filled.ready, { session, key: `${name}-${session}`, token }, (one) =>
        tries.push(one),
      );
    stopped.push({ sent_ms, answered_ms: Date.now(), outcome: filled.status === 0 ? 'unknown' : 'error' });
    await new Promise((resolve) => setTimeout(resolve, cartPauseMs));
  }
  return null;
}
