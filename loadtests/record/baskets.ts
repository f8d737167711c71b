// What was in the baskets: lines an order, units a line, which items.
import type { Profile } from '../profile.ts';
import { UsageError } from '../usage-error.ts';
import type { ColumnMap } from './csv-rows.ts';
import { round } from './day-shape.ts';
import { recordedLines } from './lines-csv.ts';

// The checkout API takes at most 1000 units a line; a wholesale line above it would be refused, not sold.
const maxQuantity = 1000;

export type Baskets = Pick<Profile, 'basketLines' | 'lineQuantity' | 'items'>;

export async function recordBaskets(file: string, map: ColumnMap): Promise<Baskets> {
  const baskets = new Map<string, Set<string>>();
  const quantities = new Map<number, number>();
  const items = new Map<string, number>();
  for await (const line of recordedLines(file, map)) {
    const basket = baskets.get(line.order) ?? new Set<string>();
    basket.add(line.sku);
    baskets.set(line.order, basket);
    if (line.quantity <= maxQuantity) add(quantities, line.quantity);
    add(items, line.sku);
  }
  if (baskets.size === 0) throw new UsageError(`${file}: holds no sold line`);
  const sizes = new Map<number, number>();
  for (const basket of baskets.values()) add(sizes, basket.size);
  return {
    basketLines: byKey(shares(sizes)).map(([lines, share]) => ({ lines, share })),
    lineQuantity: byKey(shares(quantities)).map(([quantity, share]) => ({ quantity, share })),
    items: shares(items)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .map(([sku, share]) => ({ sku, share })),
  };
}

export function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function shares<K>(counts: ReadonlyMap<K, number>): [K, number][] {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts].map(([key, count]) => [key, round(count / total)]);
}

const byKey = (rows: [number, number][]) => rows.sort((a, b) => a[0] - b[0]);
