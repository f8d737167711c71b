// Compiles and connects what the first shoppers would otherwise wait for. No order is placed: every order of a run has
// a shopper in the ledger.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../stack/places.ts';

const workers = 4;
const callTimeoutMs = 5_000;
const catalogueFile = join(packageRoot, 'core', 'catalog', 'data', 'catalogue.json');

export interface Catalogue {
  readonly scarce_skus: readonly string[];
  readonly items: readonly { readonly sku: string }[];
}
export const readCatalogue = async () => JSON.parse(await readFile(catalogueFile, 'utf8')) as Catalogue;

async function call<T>(method: string, url: string, body?: unknown): Promise<T> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(callTimeoutMs),
  });
  if (!answer.ok)
    throw new Error(`${method} ${new URL(url).pathname} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** One browser: a cart up to its quote, and a look at the stock. */
async function browse(checkout: string, orders: string, sku: string): Promise<void> {
  const cart = await call<{ id: string }>('POST', `${checkout}/v1/carts`, { market: 'GB', currency: 'GBP' });
  const at = `${checkout}/v1/carts/${cart.id}`;
  await call('POST', `${at}/lines`, { sku, quantity: 1 });
  await call('PUT', `${at}/address`, {
    email: 'prewarm@shop.example',
    name: 'Prewarm',
    line1: '1 Warm Street',
    city: 'London',
    postal_code: 'N1 1AA',
    country: 'GB',
  });
  await call('GET', `${at}/rates`);
  await call('POST', `${at}/quote`, { shipping_method: 'standard' });
  await call('GET', `${orders}/v1/atp/${sku}`);
}

export async function prewarm(
  urls: { readonly checkout: string; readonly orders: string },
  seconds: number,
): Promise<void> {
  const { items } = await readCatalogue();
  const until = Date.now() + seconds * 1000;
  const walk = async (worker: number) => {
    for (let at = worker; Date.now() < until; at += workers)
      await browse(urls.checkout, urls.orders, items[at % items.length]!.sku);
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => walk(worker)));
}
