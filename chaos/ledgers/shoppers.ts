// The first ledger: what each shopper was told, as the load generator wrote it down.
import { readRows } from '../append-log.ts';
import { type ShopperRow, shopperRow } from './rows.ts';

export async function readShoppers(path: string): Promise<ShopperRow[]> {
  const { rows } = await readRows<unknown>(path);
  return rows.map((row) => shopperRow.parse(row));
}
