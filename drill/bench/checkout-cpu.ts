// A complete checkout on one process of each service: what it costs in processor time, and how many go through in a second.
import type { Stand } from './stand.ts';
import { type BenchShop, startBenchShop } from './stand.ts';
import { caughtUp } from './caught-up.ts';
import { cpuMs } from './cpu.ts';
import { closedLoad } from './load.ts';
import { type BenchRow, median, rowOf } from './row.ts';

/**
 * Vendure 3.7.3 (lean, one process, eight clients, six GraphQL calls a checkout, the same durable commits) right before and right
 * after five pairs of this row, 2026-11-21: CPU of node and PostgreSQL 221 and 217 ms, 7.1 and 7.2 orders/s; and the raw durable
 * writes in those pairs. A machine is as fast at one as at the other, so the raw writes of a run say what Vendure would take in it:
 * where they take 1.34 ms it is the 119 ms and 13/s that were measured on such a machine.
 */
const vendure = { cpuMs: 219, perSecond: 7.13, rawCpuMs: 2.47, rawPerSecond: 664 } as const;
/** Enough to keep two cores busy, few enough that nobody waits in a queue. */
const buyers = 8;

interface Sample {
  readonly cpu: number;
  readonly postgresCpu: number;
  readonly driverCpu: number;
  readonly labCpu: number;
  readonly perSecond: number;
  readonly rawCpu: number;
  readonly rawPerSecond: number;
}

export async function checkoutCpu(stand: Stand): Promise<BenchRow[]> {
  const { size, progress } = stand;
  const shop = await startBenchShop(stand);
  try {
    progress.status('warming up');
    // What a checkout takes goes on falling for a minute while Node compiles what is called most.
    await closedLoad({ ...shop, ...stand, seconds: 3 * size.warmSeconds }, buyers);
    const samples: Sample[] = [];
    for (let pair = 1; pair <= size.pairs; pair++) {
      progress.status(`pair ${pair} of ${size.pairs}`);
      samples.push({ ...(await ours(stand, shop)), ...(await raw(stand)) });
    }
    return rowsOf(stand, samples);
  } finally {
    await shop.stop();
  }
}

async function ours(stand: Stand, shop: BenchShop) {
  const { ground, size } = stand;
  await caughtUp(stand);
  const read = () => ({
    services: cpuMs(shop.all),
    postgres: cpuMs([ground.postgres]),
    lab: cpuMs([ground.lab]),
    driver: process.cpuUsage(),
  });
  const before = read();
  const load = await closedLoad({ ...shop, ...stand, seconds: size.seconds }, buyers);
  await caughtUp(stand);
  const after = read();
  const { user, system } = process.cpuUsage(before.driver);
  const each = (ms: number) => ms / load.checkouts;
  const postgresCpu = each(after.postgres - before.postgres);
  return {
    cpu: each(after.services - before.services) + postgresCpu,
    postgresCpu,
    labCpu: each(after.lab - before.lab),
    driverCpu: each((user + system) / 1_000),
    perSecond: load.checkouts / load.seconds,
  };
}

async function raw({ ground, raw, size }: Stand) {
  const before = cpuMs([ground.postgres]);
  const rawPerSecond = await raw.run('raw-checkout.sql', { clients: buyers, seconds: size.seconds });
  return { rawPerSecond, rawCpu: (cpuMs([ground.postgres]) - before) / (rawPerSecond * size.seconds) };
}

function rowsOf({ raw }: Stand, samples: readonly Sample[]): BenchRow[] {
  const middle = (key: keyof Sample) => median(samples.map((sample) => sample[key])).toFixed(1);
  return [
    rowOf(
      {
        name: 'checkout-cpu',
        unit: 'CPU ms per checkout',
        note: `reference Vendure 3.7.3 as fast as this machine is now (119 ms where the raw writes take 1.34 ms); of ours PostgreSQL ${middle('postgresCpu')}; apart: lab ${middle('labCpu')}, load generator ${middle('driverCpu')}`,
      },
      { better: 'lower', required: 1 / 10, stretch: 1 / 20 },
      samples.map(({ cpu, rawCpu }) => ({
        ours: cpu,
        reference: (vendure.cpuMs * rawCpu) / vendure.rawCpuMs,
      })),
    ),
    rowOf(
      {
        name: 'checkout-rate',
        unit: 'checkouts/s',
        note: 'reference Vendure 3.7.3 as fast as this machine is now; one process a service, lab and load generator on the same cores',
      },
      { better: 'higher', required: 10, stretch: 20 },
      samples.map(({ perSecond, rawPerSecond }) => ({
        ours: perSecond,
        reference: (vendure.perSecond * rawPerSecond) / vendure.rawPerSecond,
      })),
    ),
    rowOf(
      {
        name: 'database-limit-rate',
        unit: 'checkouts/s',
        note: `reference: the same durable writes alone, by ${raw.by}`,
      },
      { better: 'higher', required: null, stretch: null },
      samples.map(({ perSecond, rawPerSecond }) => ({ ours: perSecond, reference: rawPerSecond })),
    ),
    rowOf(
      {
        name: 'database-limit-cpu',
        unit: 'PostgreSQL CPU ms per checkout',
        note: `reference: the same durable writes alone, by ${raw.by}; ours also reads, relays and reconciles`,
      },
      { better: 'lower', required: null, stretch: null },
      samples.map(({ postgresCpu, rawCpu }) => ({ ours: postgresCpu, reference: rawCpu })),
    ),
  ];
}
