// Invoice lines: what was bought together, how many of it, at what price.
import { type ColumnMap, csvRows, parseColumnMap } from './csv-rows.ts';
import { isProductCode, skuOf } from './sku.ts';

export interface RecordedLine {
  readonly order: string;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  readonly priceMinor: number;
}

const fields = ['id', 'item', 'title', 'quantity', 'price'] as const;
export const onlineRetailLinesMap =
  'id=InvoiceNo,item=StockCode,title=Description,quantity=Quantity,price=UnitPrice';

export function linesMap(given: string | readonly string[]): ColumnMap {
  return parseColumnMap('--lines-map', given, fields);
}

/** Sold lines of products; cancellations, corrections, fees and rows without a price are left out, broken rows refused. */
export async function* recordedLines(
  file: string,
  map: ColumnMap,
  cancellationPrefix = 'C',
): AsyncGenerator<RecordedLine> {
  for await (const row of csvRows(file, map)) {
    const order = row.get('id');
    const item = row.get('item');
    const quantity = Number(row.get('quantity'));
    const price = Number(row.get('price'));
    if (order === '') throw row.broken('id', 'is empty');
    if (item === '') throw row.broken('item', 'is empty');
    if (row.get('quantity') === '' || !Number.isInteger(quantity))
      throw row.broken('quantity', 'is not a whole number');
    if (row.get('price') === '' || !Number.isFinite(price)) throw row.broken('price', 'is not a number');
    if (order.startsWith(cancellationPrefix) || quantity <= 0 || price <= 0 || !isProductCode(item)) continue;
    yield { order, sku: skuOf(item), title: row.get('title'), quantity, priceMinor: Math.round(price * 100) };
  }
}
