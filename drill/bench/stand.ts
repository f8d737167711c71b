// Where the bench measures: real parts with durable commits, and shops on them, each with its own processes.
import type { Progress } from '../../stack/progress.ts';
import { type Replicas, startReplicas } from '../../stack/replicas.ts';
import type { Running } from '../../stack/running.ts';
import type { Service } from '../../stack/shop.ts';
import { UsageError } from '../../stack/usage-error.ts';
import { openShopClient, type ShopClient } from '../buyer.ts';
import { type Ground, openGround } from '../ground.ts';
import { readCatalogue } from '../prewarm.ts';
import { assertCpuReadable } from './cpu.ts';
import { makeRawDatabase, type RawDatabase } from './raw-database.ts';
import { type SpanSink, startSpanSink } from './span-sink.ts';

export interface Stand {
  readonly ground: Ground;
  readonly raw: RawDatabase;
  readonly skus: readonly string[];
  readonly spanSink: SpanSink;
  readonly size: BenchSize;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface BenchSize {
  /** Repetitions in turns; a median of fewer than five says little. */
  readonly pairs: number;
  /** Length of one measurement, and of what goes before it. */
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly jobs: number;
}

export const sizes = {
  // Node goes on compiling what is called often for a good while under load; a shop has run for longer than that.
  whole: { pairs: 5, seconds: 15, warmSeconds: 20, jobs: 10_000 },
  /** To see that every row runs; its figures say nothing. */
  quick: { pairs: 2, seconds: 3, warmSeconds: 2, jobs: 500 },
} as const satisfies Record<string, BenchSize>;

export interface StandOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly size: BenchSize;
  readonly stateDirectory?: string | undefined;
}

export async function openStand({ size, ...options }: StandOptions): Promise<Stand> {
  assertCpuReadable();
  const ground = await openGround(options);
  try {
    if (ground.postgres.pid === 0)
      throw new UsageError('the bench counts the processor time of PostgreSQL: let it start one of its own');
    const { items, scarce_skus } = await readCatalogue();
    const scarce = new Set(scarce_skus);
    return {
      ground,
      // Before anybody is connected: a database with connections cannot be copied.
      raw: await makeRawDatabase(ground),
      skus: items.map(({ sku }) => sku).filter((sku) => !scarce.has(sku)),
      spanSink: await startSpanSink(ground.run),
      size,
      progress: options.progress,
      signal: options.signal,
    };
  } catch (error) {
    await ground.run.stop().catch((stopError: Error) => options.progress.note(stopError.message));
    throw error;
  }
}

export interface BenchShop extends Replicas {
  readonly client: ShopClient;
  readonly all: readonly Running[];
  stop(): Promise<void>;
}

export interface ShopOptions {
  readonly telemetry?: 'on' | 'off';
  readonly more?: Readonly<Record<string, string>>;
  readonly count?: Readonly<Record<Service, number>>;
}

// As often as the drill's Prometheus looks: answering it is part of what metrics cost.
const scrapeEveryMs = 2_000;
const connections = 64;

export async function startBenchShop(
  { ground, spanSink }: Stand,
  { telemetry = 'on', more = {}, count = { checkout: 1, orders: 1, workers: 1 } }: ShopOptions = {},
): Promise<BenchShop> {
  const replicas = await startReplicas(
    ground.run,
    {
      ...ground.environment,
      ...(telemetry === 'on' ? { otlpEndpoint: spanSink.url } : {}),
      more: { TELEMETRY: telemetry, ...more },
    },
    count,
  );
  const all = Object.values(replicas.processes).flat();
  const client = openShopClient(replicas.checkoutUrl, connections);
  const scrape = async () => {
    // A process that is being stopped or started has nothing to scrape.
    for (const { url } of all)
      await fetch(`${url}/metrics`).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
  };
  const scraping = telemetry === 'on' ? setInterval(() => void scrape(), scrapeEveryMs) : undefined;
  const stop = async () => {
    clearInterval(scraping);
    await client.close();
    for (const running of all) await running.stop();
  };
  ground.run.onStop(async () => {
    clearInterval(scraping);
    await client.close();
  });
  return { ...replicas, client, all, stop };
}
