import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { catalogueFile, linesFile, makeCatalogue, renderCatalogue } from './catalogue.ts';
import { isProductCode, skuOf } from './sku.ts';

describe('the seed catalogue', async () => {
  const catalogue = await makeCatalogue(linesFile);

  test('is what the recorded lines say; run `npx tsx loadtests/record/catalogue.ts`', () => {
    expect(readFileSync(catalogueFile, 'utf8')).toBe(renderCatalogue(catalogue));
    expect(JSON.parse(readFileSync(catalogueFile, 'utf8'))).toEqual(catalogue);
  });

  test('sells every recorded product under its own SKU, at a real price', () => {
    expect(catalogue.items.length).toBeGreaterThan(1900);
    expect(new Set(catalogue.items.map((item) => item.sku)).size).toBe(catalogue.items.length);
    for (const item of catalogue.items) {
      expect(item.sku).toMatch(/^[A-Z0-9]{8}$/);
      expect(item.title).not.toBe('');
      expect(item.price_minor).toBeGreaterThan(0);
    }
    const lantern = catalogue.items.find((item) => item.sku === skuOf('71053'));
    expect(lantern).toMatchObject({ title: 'WHITE METAL LANTERN', price_minor: 339 });
  });

  test('has a few scarce items and plenty of the rest', () => {
    const scarce = catalogue.items.filter((item) => item.initial_stock < 1000).map((item) => item.sku);
    expect(scarce).toEqual([...catalogue.scarce_skus]);
    expect(scarce).toHaveLength(3);
  });

  test('two spellings of one stock code are one product; postage and fees are none', () => {
    expect(skuOf('85123a')).toBe(skuOf('85123A'));
    expect(skuOf('85123A')).not.toBe(skuOf('85123B'));
    for (const fee of ['POST', 'D', 'M', 'BANK CHARGES', 'AMAZONFEE', 'DOT', 'C2']) {
      expect(isProductCode(fee)).toBe(false);
      expect(catalogue.items.some((item) => item.sku === skuOf(fee))).toBe(false);
    }
  });
});
