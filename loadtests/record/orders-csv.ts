// Source `orders-csv`: one row an order, as any shop's back office can export it. What a row holds about a person is not read.
import { UsageError } from '../usage-error.ts';
import { countryCode } from './countries.ts';
import { type ColumnMap, csvRows, parseColumnMap } from './csv-rows.ts';
import { isoTime, timeReader } from './time-format.ts';

export interface RecordedOrder {
  readonly day: string;
  readonly minute: number;
  /** Without a positive price and quantity: a back office books stock corrections so. Counted, and said. */
  readonly unpriced: boolean;
  /** ISO country; null when the recording does not say. */
  readonly country: string | null;
}
export interface RecordedOrders {
  readonly orders: readonly RecordedOrder[];
  readonly cancellations: number;
}

const fields = ['id', 'time', 'country', 'quantity', 'price'] as const;

export function ordersMap(given: string | readonly string[]): ColumnMap {
  const map = parseColumnMap('--map', given, fields);
  const missing = ['id', 'time', 'country'].filter((field) => !(field in map));
  if (missing.length > 0)
    throw new UsageError(`--map: ${missing.join(', ')} missing; write e.g. id=InvoiceNo`);
  return map;
}

export interface OrdersReading {
  /** Absent = ISO 8601. */
  readonly timeFormat?: string | undefined;
  /** What the ids of cancellations begin with, in a file that marks them so. */
  readonly cancelledPrefix?: string | undefined;
}

export async function readOrdersCsv(
  file: string,
  map: ColumnMap,
  { timeFormat = isoTime, cancelledPrefix }: OrdersReading = {},
): Promise<RecordedOrders> {
  if (cancelledPrefix === '') throw new UsageError('--cancelled-prefix: empty, every order would begin so');
  const readTime = timeReader(timeFormat);
  if (readTime === null) {
    throw new UsageError(`--map-time-format ${timeFormat}: needs YYYY, M, D, H and MM, e.g. M/D/YYYY H:MM`);
  }
  const orders: RecordedOrder[] = [];
  const seen = new Set<string>();
  let cancellations = 0;
  for await (const row of csvRows(file, map)) {
    const id = row.get('id');
    if (id === '') throw row.broken('id', 'is empty');
    const at = readTime(row.get('time'));
    if (at === null)
      throw row.broken(
        'time',
        `does not read as ${timeFormat}; --map-time-format says how times are written`,
      );
    const country = countryCode(row.get('country'));
    if (country === undefined)
      throw row.broken('country', 'is not a country this recorder knows; use ISO codes');
    const quantity = 'quantity' in map ? Number(row.get('quantity') || Number.NaN) : 1;
    if (!Number.isInteger(quantity)) throw row.broken('quantity', 'is not a whole number');
    const price = 'price' in map ? Number(row.get('price') || Number.NaN) : 1;
    if (!Number.isFinite(price)) throw row.broken('price', 'is not a number');
    // An order keyed in over two minutes is two rows of one order: it arrived once, at the first.
    if (seen.has(id)) continue;
    seen.add(id);
    if (cancelledPrefix !== undefined && id.startsWith(cancelledPrefix)) {
      cancellations += 1;
      continue;
    }
    orders.push({ day: at.day, minute: at.minute, country, unpriced: quantity <= 0 || price <= 0 });
  }
  if (orders.length === 0) throw new UsageError(`${file}: holds no order`);
  return { orders, cancellations };
}
