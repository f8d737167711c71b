// The price of a basket: its lines at the price they were added with, less what promotions take off now.
import { discounted, type Discounted } from '../pricing/discount.ts';
import { type Basket, combine, isFor } from '../pricing/promotion.ts';
import type { Promotions } from '../pricing/promotions.ts';
import { subtotal } from '../pricing/subtotal.ts';
import type { Switches } from '../switches/switches.ts';

export interface Priced extends Omit<Discounted, 'applied'> {
  readonly subtotal_minor: number;
  readonly promotions: Discounted['applied'];
  /** When the first of its promotions is over, and the price with it. */
  readonly holds_until: Date | null;
}

interface Pricing {
  readonly promotions: Promotions;
  readonly switches: Switches;
}

export async function price(basket: Basket, { promotions, switches }: Pricing): Promise<Priced> {
  await promotions.ready();
  const now = new Date();
  const current = promotions
    .current()
    .filter((promotion) => isFor(promotion, basket, now))
    // One that is off makes room for what it does not combine with.
    .filter(({ id }) => switches.blocked({ promotion: id }) === null);
  const chosen = combine(current);
  const { applied, ...rest } = discounted(basket, chosen);
  const ends = chosen
    .filter(({ id }) => applied.some((each) => each.id === id))
    .map(({ ends_at }) => ends_at);
  const [holds_until = null] = ends.toSorted((a, b) => a.getTime() - b.getTime());
  return { subtotal_minor: subtotal(basket.lines), promotions: applied, holds_until, ...rest };
}
