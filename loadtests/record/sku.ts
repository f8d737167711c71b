// Stock codes of a recording become opaque SKUs. Catalogue and profile share this, so that a replay buys what is sold.
import { createHmac } from 'node:crypto';

// Not a secret: it only keeps our SKUs from being anybody else's. Changing it renames every product.
const key = 'headroom-sku-1';
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const skuLength = 8;

/** Eight of [A-Z0-9], stable. Case is dropped first: the recording spells one item `85123A` and `85123a`. */
export function skuOf(stockCode: string): string {
  const digest = createHmac('sha256', key).update(stockCode.trim().toUpperCase()).digest();
  let value = digest.readBigUInt64BE(0);
  let sku = '';
  for (let i = 0; i < skuLength; i += 1) {
    sku += alphabet[Number(value % 36n)]!;
    value /= 36n;
  }
  return sku;
}

/** A product has a five-digit code, with letters for its variants; POST, D, M, BANK CHARGES and their like are bookings. */
export const isProductCode = (stockCode: string) => /^\d{5}[A-Za-z]*$/.test(stockCode.trim());
