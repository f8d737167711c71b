// What promotions take off, line by line: tax is due on what a line really costs.
import { type Basket, isAbout, type Promotion } from './promotion.ts';
import { lineAmount } from './subtotal.ts';

/** A tenth of every line is paid whatever is combined: this shop has no way to take an order that costs nothing. */
const keepsAtLeast = 0.1;

export interface Discounted {
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly amount_minor: number;
  }[];
  readonly shipping_minor: number;
  /** Off the goods. */
  readonly discount_minor: number;
  /** Each promotion that took something off, and how much. */
  readonly applied: readonly { readonly id: string; readonly off_minor: number }[];
}

export function discounted(basket: Basket, promotions: readonly Promotion[]): Discounted {
  const lines = basket.lines.map((line) => {
    const full = lineAmount(line);
    return {
      sku: line.sku,
      quantity: line.quantity,
      full,
      off: 0,
      most: full - Math.ceil(full * keepsAtLeast),
    };
  });
  let { shipping_minor } = basket;
  const applied: { id: string; off_minor: number }[] = [];
  for (const promotion of promotions) {
    const { id, action } = promotion;
    const about = lines.filter((line) => isAbout(promotion, line.sku));
    let off_minor = 0;
    if (action.kind === 'free_shipping') {
      off_minor = shipping_minor;
      shipping_minor = 0;
    } else {
      // A percentage is of the full price, so that it does not matter which promotion came first.
      const shares =
        action.kind === 'percent_off'
          ? about.map(({ full }) => Math.round((full * action.percent) / 100))
          : spread(
              action.amount_minor,
              about.map(({ most, off }) => most - off),
            );
      about.forEach((line, i) => {
        const off = Math.min(shares[i]!, line.most - line.off);
        line.off += off;
        off_minor += off;
      });
    }
    if (off_minor > 0) applied.push({ id, off_minor });
  }
  return {
    lines: lines.map(({ sku, quantity, full, off }) => ({ sku, quantity, amount_minor: full - off })),
    shipping_minor,
    discount_minor: lines.reduce((sum, { off }) => sum + off, 0),
    applied,
  };
}

/** An amount over rooms in proportion to their size, to the last unit and never more than fits. */
function spread(amount: number, rooms: readonly number[]): number[] {
  const all = rooms.reduce((sum, room) => sum + room, 0);
  if (all === 0) return rooms.map(() => 0);
  const given = BigInt(Math.min(amount, all));
  let before = 0n;
  let sum = 0n;
  return rooms.map((room) => {
    sum += BigInt(room);
    // Differences of a rounded running total add up to all of it.
    const until = (given * sum) / BigInt(all);
    const share = Number(until - before);
    before = until;
    return share;
  });
}
