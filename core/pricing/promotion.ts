// A promotion: who gets it, from when until when, and with which others it combines. Deciding is pure.
import { type PricedLine, subtotal } from './subtotal.ts';

export type Action =
  | { readonly kind: 'percent_off'; readonly percent: number }
  | { readonly kind: 'fixed_off'; readonly amount_minor: number }
  | { readonly kind: 'free_shipping' };

export interface Promotion {
  readonly id: string;
  /** Higher first; no two share one. */
  readonly priority: number;
  readonly stacks_with: readonly string[];
  readonly currency: string;
  /** Empty lists are no condition. */
  readonly markets: readonly string[];
  readonly shipping_methods: readonly string[];
  /** The lines it is about; without any, all of them. */
  readonly skus: readonly string[];
  readonly excluded_skus: readonly string[];
  readonly min_subtotal_minor: number;
  readonly starts_at: Date;
  /** The first moment it is over. */
  readonly ends_at: Date;
  readonly action: Action;
}

export interface Basket {
  readonly market: string;
  readonly currency: string;
  readonly shipping_method: string;
  readonly shipping_minor: number;
  readonly lines: readonly (PricedLine & { readonly sku: string })[];
}

/** Bounds what a mistake in the data can give away. */
const atMostTogether = 3;

const anyOf = (wanted: readonly string[], value: string) => wanted.length === 0 || wanted.includes(value);

export const isAbout = ({ skus, excluded_skus }: Promotion, sku: string): boolean =>
  anyOf(skus, sku) && !excluded_skus.includes(sku);

export const isFor = (promotion: Promotion, basket: Basket, now: Date): boolean =>
  promotion.starts_at <= now &&
  now < promotion.ends_at &&
  promotion.currency === basket.currency &&
  anyOf(promotion.markets, basket.market) &&
  anyOf(promotion.shipping_methods, basket.shipping_method) &&
  subtotal(basket.lines) >= promotion.min_subtotal_minor &&
  basket.lines.some((line) => isAbout(promotion, line.sku));

/** The one that comes first, and each further one that combines with all of those before it. */
export function combine(promotions: readonly Promotion[]): readonly Promotion[] {
  const chosen: Promotion[] = [];
  for (const next of promotions.toSorted((a, b) => b.priority - a.priority)) {
    const stacks = chosen.every(
      (each) => each.stacks_with.includes(next.id) && next.stacks_with.includes(each.id),
    );
    if (stacks && chosen.length < atMostTogether) chosen.push(next);
  }
  return chosen;
}
