// Where crash proofs happen: a shop of two processes a service, shoppers whose every answer is kept, and the stock there was.
import { readSeededStock } from '../../chaos/ledgers/database.ts';
import type { StockRow } from '../../chaos/ledgers/rows.ts';
import type { ShopperRecord } from '../../loadtests/shopper-record.ts';
import type { Progress } from '../../stack/progress.ts';
import { type Replicas, startReplicas } from '../../stack/replicas.ts';
import type { Running } from '../../stack/running.ts';
import type { Service } from '../../stack/shop.ts';
import { openShopClient, type ShopClient } from '../buyer.ts';
import { type Ground, openGround } from '../ground.ts';
import { readCatalogue } from '../prewarm.ts';
import { type LastUnits, shelveLastUnits } from './last-units.ts';

export interface SceneOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly stateDirectory?: string | undefined;
  readonly lastUnits: number;
  /** More of core/config.ts for the shop's processes. */
  readonly shopEnvironment?: Readonly<Record<string, string>>;
}

/** A place in the shop; who stands in it changes with every kill. */
export interface Slot {
  readonly service: Service;
  running: Running;
}

export interface Scene {
  readonly ground: Ground;
  readonly shop: ShopClient;
  readonly slots: readonly Slot[];
  /** SKUs that no proof sells out. */
  readonly skus: readonly string[];
  readonly lastUnits: LastUnits;
  readonly seededStock: readonly StockRow[];
  /** What each shopper was told in the end: the first ledger. */
  readonly told: ShopperRecord[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

const processesEach = 2;
/** As far away as real providers are: most of a submission is waiting for them, and that is when a kill must find it. */
const providerLatency = ['--base-latency-ms', '100'];
/** Browsers of a crowd: more than both checkout processes take submissions at once. */
const connections = 1_024;

export async function openScene(options: SceneOptions): Promise<Scene> {
  const ground = await openGround({ ...options, labFlags: providerLatency });
  try {
    options.progress.phase('start two processes of each service');
    const lastUnits = await shelveLastUnits(ground.ownerUrl, options.lastUnits);
    const replicas = await startReplicas(
      ground.run,
      { ...ground.environment, more: options.shopEnvironment },
      { checkout: processesEach, orders: processesEach, workers: processesEach },
    );
    const shop = openShopClient(replicas.checkoutUrl, connections);
    ground.run.onStop(() => shop.close());
    const { items, scarce_skus } = await readCatalogue();
    const scarce = new Set(scarce_skus);
    return {
      ground,
      shop,
      slots: slotsOf(replicas),
      skus: items.map(({ sku }) => sku).filter((sku) => !scarce.has(sku)),
      lastUnits,
      seededStock: await readSeededStock(ground.ownerUrl),
      told: [],
      progress: options.progress,
      signal: options.signal,
      stop: () => ground.run.stop(),
    };
  } catch (error) {
    await ground.run.stop().catch((stopError: Error) => options.progress.note(stopError.message));
    throw error;
  }
}

const slotsOf = ({ processes }: Replicas): Slot[] =>
  (Object.entries(processes) as [Service, readonly Running[]][]).flatMap(([service, each]) =>
    each.map((running) => ({ service, running })),
  );
