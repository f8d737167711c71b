// Makes core/catalog/data/catalogue.json from the recorded lines: real titles, real prices, opaque SKUs.
// Run: npx tsx loadtests/record/catalogue.ts
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { linesMap, onlineRetailLinesMap, recordedLines } from './lines-csv.ts';
import { writeWhole } from './write-whole.ts';

export interface CatalogueItem {
  readonly sku: string;
  readonly title: string;
  readonly price_minor: number;
  readonly initial_stock: number;
  /** When the first hold is taken; at the cart unless said. */
  readonly hold_at?: 'order';
}
export interface Catalogue {
  readonly attribution: string;
  readonly currency: 'GBP';
  /** Sold out on purpose by a drill; every other item outlasts it. */
  readonly scarce_skus: readonly string[];
  readonly items: readonly CatalogueItem[];
}

const project = join(import.meta.dirname, '..', '..');
export const catalogueFile = join(project, 'core/catalog/data/catalogue.json');
export const linesFile = join(project, 'loadtests/profiles/data/online-retail-lines.csv.gz');

// A default drill sells fewer than 10,000 orders, so nobody can sell this out by accident.
const plentiful = 100_000;
// A short drill places about 1,100 orders; if only 4 % of them want one of three scarce items, 24 units are gone half-way.
const scarceStock = 8;
const scarceItems = 3;

export async function makeCatalogue(file: string): Promise<Catalogue> {
  const prices = new Map<string, number[]>();
  const titles = new Map<string, Map<string, number>>();
  for await (const { sku, title, priceMinor } of recordedLines(file, linesMap(onlineRetailLinesMap))) {
    prices.set(sku, [...(prices.get(sku) ?? []), priceMinor]);
    const spellings = titles.get(sku) ?? new Map<string, number>();
    if (title !== '') spellings.set(title, (spellings.get(title) ?? 0) + 1);
    titles.set(sku, spellings);
  }
  const skus = [...prices.keys()].sort();
  // The least bought items: the ordinary mix hardly touches them, so only who is sent there finds them sold out.
  const scarce = [...skus]
    .sort((a, b) => prices.get(a)!.length - prices.get(b)!.length || (a < b ? -1 : 1))
    .slice(0, scarceItems)
    .sort();
  const items = skus.map((sku) => ({
    sku,
    title: commonest(titles.get(sku)!) ?? sku,
    price_minor: median(prices.get(sku)!),
    initial_stock: scarce.includes(sku) ? scarceStock : plentiful,
    // One of them sells out in the carts, the others at submission: a run meets both.
    ...(scarce.indexOf(sku) > 0 ? { hold_at: 'order' as const } : {}),
  }));
  return {
    attribution:
      'Made from Online Retail, D. Chen (2015), UCI, doi 10.24432/C5BW33, CC BY 4.0; see ATTRIBUTION.md.',
    currency: 'GBP',
    scarce_skus: scarce,
    items,
  };
}

/** One item a line, so that a changed price is one changed line. */
export function renderCatalogue({ items, ...head }: Catalogue): string {
  const rest = JSON.stringify(head, null, 2).slice(0, -2);
  const rows = items.map((item) => `    ${JSON.stringify(item)}`).join(',\n');
  return `${rest},\n  "items": [\n${rows}\n  ]\n}\n`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : Math.round((sorted[middle - 1]! + sorted[middle]!) / 2);
}

function commonest(spellings: ReadonlyMap<string, number>): string | undefined {
  return [...spellings].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await writeWhole(catalogueFile, renderCatalogue(await makeCatalogue(linesFile)));
}
