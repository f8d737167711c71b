// Stock: what was sold of a SKU, by whoever says so, fits into what there was before the first shopper came.
import type { LedgerFinding } from './finding.ts';
import { isPaid, type Joined } from './joined.ts';
import { tableOf } from './rows.ts';

function sumBySku(rows: Iterable<{ readonly sku: string; readonly quantity: number }>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of rows) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return sums;
}

/** Units told as sold; a double click is told twice and sold once. */
function toldAsSold(joined: Joined): Map<string, number> {
  const byOrder = new Map(
    joined.shoppers.flatMap((row) =>
      row.outcome === 'placed' && row.order_id !== null ? [[row.order_id, row.lines] as const] : [],
    ),
  );
  return sumBySku([...byOrder.values()].flat());
}

export function oversold(joined: Joined): LedgerFinding[] {
  const seeded = sumBySku(joined.seededStock.map(({ sku, on_hand }) => ({ sku, quantity: on_hand })));
  const holding = new Set(
    joined.orders
      .filter((order) => isPaid(order) || order.state === 'pending_payment')
      .map((order) => order.order_id),
  );
  const claims = [
    ['reserved', sumBySku(tableOf(joined.database, 'reservation').filter(isAllocated))],
    ['ordered', sumBySku(tableOf(joined.database, 'line').filter((line) => holding.has(line.order_id)))],
    ['told as sold', toldAsSold(joined)],
  ] as const;
  return claims.flatMap(([how, sums]) =>
    [...sums].flatMap(([sku, sold]): LedgerFinding[] => {
      const stock = seeded.get(sku) ?? 0;
      if (sold <= stock) return [];
      const detail = `${sold} units of ${sku} are ${how}, ${stock} were in stock`;
      return [{ check: 'oversell', status: 'fail', class: 'duplicated', subject: sku, detail }];
    }),
  );
}

const isAllocated = (row: { readonly status: string }) => row.status === 'active' || row.status === 'posted';
