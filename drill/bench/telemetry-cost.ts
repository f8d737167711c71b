// Two shops on the same parts, one with telemetry and one without, under the same steady load in turns.
import type { Running } from '../../stack/running.ts';
import { caughtUp } from './caught-up.ts';
import { cpuMs } from './cpu.ts';
import { closedLoad, type Load, quantile, steadyLoad } from './load.ts';
import { type BenchRow, type Pair, rowOf } from './row.ts';
import { type BenchShop, type Stand, startBenchShop } from './stand.ts';

/** Where latency still tells of the work and not of the queue before it. */
const shareOfKnee = 0.6;
const kneeBuyers = 8;

export async function telemetryCost(stand: Stand): Promise<BenchRow[]> {
  const { size, progress } = stand;
  const shops = { on: await startSide(stand, 'on'), off: await startSide(stand, 'off') };
  try {
    progress.status('finding the knee');
    const knee = await inTurn(stand, shops.on, () =>
      closedLoad({ ...shops.on.shop, ...stand, seconds: size.seconds }, kneeBuyers),
    );
    await inTurn(stand, shops.off, () =>
      closedLoad({ ...shops.off.shop, ...stand, seconds: size.warmSeconds }, kneeBuyers),
    );
    const rate = (shareOfKnee * knee.checkouts) / knee.seconds;
    const pairs: { readonly on: Measured; readonly off: Measured }[] = [];
    for (let pair = 1; pair <= size.pairs; pair++) {
      progress.status(`pair ${pair} of ${size.pairs} at ${rate.toFixed(0)} checkouts/s`);
      const measure = (side: Side) => inTurn(stand, side, () => measured(stand, side, rate));
      // Who goes first changes with every pair: a drift of the machine must not favour one side.
      const first = pair % 2 === 1 ? 'on' : 'off';
      const one = await measure(shops[first]);
      const other = await measure(shops[first === 'on' ? 'off' : 'on']);
      pairs.push(first === 'on' ? { on: one, off: other } : { on: other, off: one });
    }
    return rowsOf(pairs, rate);
  } finally {
    for (const { shop } of Object.values(shops)) await shop.stop();
  }
}

interface Side {
  readonly shop: BenchShop;
  /** Both shops share the queues: only the side that is measured has its workers running. */
  workers: Running;
}

async function startSide(stand: Stand, telemetry: 'on' | 'off'): Promise<Side> {
  const shop = await startBenchShop(stand, { telemetry });
  const [workers] = shop.processes.workers;
  await workers!.stop();
  return { shop, workers: workers! };
}

async function inTurn<T>(stand: Stand, side: Side, work: () => Promise<T>): Promise<T> {
  side.workers = await side.workers.again();
  try {
    const result = await work();
    await caughtUp(stand);
    return result;
  } finally {
    await side.workers.stop();
  }
}

interface Measured {
  readonly cpu: number;
  readonly load: Load;
}

async function measured(stand: Stand, { shop, workers }: Side, rate: number): Promise<Measured> {
  const { ground, size } = stand;
  const on = { ...shop, ...stand };
  // The workers were just started: what they compile is not what an order costs.
  await steadyLoad({ ...on, seconds: size.warmSeconds }, rate);
  await caughtUp(stand);
  const { checkout, orders } = shop.processes;
  const processes = [...checkout, ...orders, workers, ground.postgres];
  const before = cpuMs(processes);
  const load = await steadyLoad({ ...on, seconds: size.seconds }, rate);
  await caughtUp(stand);
  return { cpu: (cpuMs(processes) - before) / load.checkouts, load };
}

function rowsOf(
  measured: readonly { readonly on: Measured; readonly off: Measured }[],
  rate: number,
): BenchRow[] {
  const pairsOf = (figure: (side: Measured) => number) =>
    measured.map(({ on, off }): Pair => ({ ours: figure(on), reference: figure(off) }));
  const note = `reference: TELEMETRY=off; both at ${rate.toFixed(0)} checkouts/s, 60 % of the knee`;
  return [
    rowOf(
      { name: 'telemetry-cpu', unit: 'CPU ms per checkout', note },
      { better: 'lower', required: 1.1, stretch: 1.05 },
      pairsOf(({ cpu }) => cpu),
    ),
    rowOf(
      { name: 'telemetry-p99', unit: 'ms, whole checkout', note },
      { better: 'lower', required: 1.05, stretch: 1.02 },
      pairsOf(({ load }) => quantile(load.checkoutMs, 0.99)),
    ),
  ];
}
