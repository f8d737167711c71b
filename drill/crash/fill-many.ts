// Carts up to their quotes, many at once: everybody is one press away from an order before the first one presses.
import { atMost } from '../at-most.ts';
import { type Basket, fillCart, type Ready } from '../buyer.ts';
import type { Scene } from './scene.ts';

const atOnce = 64;

export function fillMany({ shop }: Scene, baskets: readonly Basket[]): Promise<Ready[]> {
  return atMost(atOnce, baskets.length, async (at) => {
    const cart = await fillCart(shop, baskets[at]!);
    if (cart.kind === 'ready') return cart.ready;
    throw new Error(`a cart could not be filled: ${cart.at} answered ${cart.status}`);
  });
}
