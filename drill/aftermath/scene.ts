// Where the acts are played: the shop's front doors, the provider lab, and the desk of the shop's people.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { serviceTokenHeader } from '../../core/http/service-token.ts';
import type { ShopperRecord } from '../../loadtests/shopper-record.ts';
import type { Booted } from '../boot.ts';
import { openShopClient, type ShopClient } from '../buyer.ts';
import type { Diary } from '../diary.ts';
import { writeWhole } from '../evidence.ts';
import { readCatalogue } from '../prewarm.ts';

/** A shopper may be told more later; until the ledgers are read the record grows. */
export type Told = { -readonly [field in keyof ShopperRecord]: ShopperRecord[field] };

export interface Scene {
  readonly runId: string;
  readonly booted: Booted;
  readonly diary: Diary;
  readonly seed: number;
  readonly scrapeSeconds: number;
  /** What moves before that, the live check of the dashboards still takes for the history. */
  readonly panelsLookFromMs: number;
  readonly checkout: ShopClient;
  /** With the service token: for the shop's own people and tools. */
  readonly orders: ShopClient;
  /** An article of which there is plenty, a different one each time. */
  nextSku(): string;
  readonly told: Told[];
  readonly signal: AbortSignal;
}

// Every act at once, and some ask twice at the same time.
const connections = 16;

export async function openScene(
  stage: Pick<Scene, 'runId' | 'booted' | 'diary' | 'seed' | 'scrapeSeconds' | 'panelsLookFromMs' | 'signal'>,
): Promise<Scene & { close(): Promise<void> }> {
  const { items, scarce_skus } = await readCatalogue();
  const plenty = items.map(({ sku }) => sku).filter((sku) => !scarce_skus.includes(sku));
  // From the end: shoppers of a replay want what a catalogue begins with no less, but two acts never the same.
  let next = plenty.length;
  const { shop } = stage.booted;
  const checkout = openShopClient(shop.checkout.url, connections);
  const orders = openShopClient(shop.orders.url, connections);
  const token = { [serviceTokenHeader]: stage.booted.serviceToken };
  return {
    ...stage,
    checkout,
    orders: {
      ...orders,
      call: (method, path, body, headers) => orders.call(method, path, body, { ...token, ...headers }),
    },
    nextSku() {
      next -= 1;
      return plenty[next]!;
    },
    told: [],
    async close() {
      await Promise.all([checkout.close(), orders.close()]);
    },
  };
}

export const recordsFile = (dir: string) => join(dir, 'load', 'aftermath-shoppers.ndjson');

/** What its shoppers were told, for the shoppers' ledger. */
export async function writeTold(dir: string, told: readonly Told[]): Promise<void> {
  // Without acts this is written before the load makes its folder.
  await mkdir(dirname(recordsFile(dir)), { recursive: true });
  await writeWhole(recordsFile(dir), told.map((record) => `${JSON.stringify(record)}\n`).join(''));
}
