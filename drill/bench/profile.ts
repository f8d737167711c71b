// `headroom bench --profile`: where the processor time of one checkout goes, by room and package, and which statements it sends.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot, stateDirectory } from '../../stack/places.ts';
import { until } from '../../stack/until.ts';
import { openShopClient } from '../buyer.ts';
import { writeJson } from '../evidence.ts';
import { caughtUp } from './caught-up.ts';
import { cpuMs } from './cpu.ts';
import { closedLoad } from './load.ts';
import { type CpuProfile, shareByPlace } from './profile-summary.ts';
import { type BenchShop, openStand, type Stand, type StandOptions, startBenchShop } from './stand.ts';

export interface CheckoutProfile {
  readonly checkouts: number;
  /** By /proc, of each service and PostgreSQL: what the profile has to add up to. */
  readonly cpu_ms: Readonly<Record<string, number>>;
  /** The services' CPU ms per checkout, divided as the profile says; the largest first. */
  readonly places: readonly { readonly service: string; readonly place: string; readonly ms: number }[];
  /** Per checkout: how often each statement was sent and how long it was waited for, connection included. */
  readonly statements: readonly { readonly summary: string; readonly count: number; readonly ms: number }[];
}

const buyers = 8;
const profileWithinMs = 20_000;
// The exporters send once a second.
const spansWithinMs = 15_000;

export async function runProfile(options: StandOptions): Promise<CheckoutProfile> {
  const state = options.stateDirectory ?? stateDirectory();
  await mkdir(state, { recursive: true });
  const stand = await openStand({ ...options, stateDirectory: state });
  try {
    const profile = await profileCheckout(stand);
    await writeJson(state, 'profile.json', profile);
    return profile;
  } finally {
    options.progress.phase('stop');
    await stand.ground.run.stop();
  }
}

async function profileCheckout(stand: Stand): Promise<CheckoutProfile> {
  const { size, progress, ground } = stand;
  const directory = join(ground.run.directory, 'profiles');
  await mkdir(directory);
  const hook = pathToFileURL(join(import.meta.dirname, 'profile-hook.mjs')).href;
  const more = { NODE_OPTIONS: `--import ${hook}`, HEADROOM_PROFILE_DIR: directory };
  const shop = await startBenchShop(stand, { more });
  progress.phase('warm up');
  await closedLoad({ ...shop, ...stand, seconds: size.warmSeconds }, buyers);
  await caughtUp(stand);
  progress.phase('profile');
  const toggle = () => shop.all.forEach(({ pid }) => void process.kill(pid, 'SIGUSR2'));
  const before = usage(stand, shop);
  toggle();
  const { checkouts } = await closedLoad({ ...shop, ...stand, seconds: size.seconds }, buyers);
  await caughtUp(stand);
  const after = usage(stand, shop);
  toggle();
  const cpu_ms = Object.fromEntries(
    Object.entries(after).map(([name, ms]) => [name, (ms - before[name]!) / checkouts]),
  );
  const places = await placesOf(shop, directory, cpu_ms);
  progress.phase('count statements');
  const statements = await statementsOf(stand, shop);
  await shop.stop();
  return { checkouts, cpu_ms, places, statements };
}

const usage = ({ ground }: Stand, { processes }: BenchShop): Record<string, number> => ({
  checkout: cpuMs(processes.checkout),
  orders: cpuMs(processes.orders),
  workers: cpuMs(processes.workers),
  postgres: cpuMs([ground.postgres]),
});

async function placesOf({ all }: BenchShop, directory: string, cpu: Readonly<Record<string, number>>) {
  const found = await Promise.all(
    all.map(async ({ name, pid }) => {
      const file = join(directory, `${pid}.cpuprofile`);
      const read = () =>
        readFile(file, 'utf8').then(
          (text) => JSON.parse(text) as CpuProfile,
          () => null, // not written yet, or not whole
        );
      const profile = await until(`the profile of ${name}`, read, { withinMs: profileWithinMs });
      const service = name.replace(/-\d+$/, '');
      return [...shareByPlace(profile, packageRoot)].map(([place, share]) => ({
        ...{ service, place },
        ms: share * cpu[service]!,
      }));
    }),
  );
  return found.flat().sort((a, b) => b.ms - a.ms);
}

/** With every trace kept; apart from the profile, which must see what is usual. */
async function statementsOf(stand: Stand, shop: BenchShop) {
  const { size, spanSink, signal } = stand;
  const seen = new Map<string, { count: number; ms: number }>();
  spanSink.show(({ name, ms }) => {
    const sum = seen.get(name) ?? { count: 0, ms: 0 };
    seen.set(name, { count: sum.count + 1, ms: sum.ms + ms });
  });
  const client = openShopClient(shop.checkoutUrl, buyers, { traced: true });
  const { checkouts } = await closedLoad({ ...stand, client, seconds: size.warmSeconds }, buyers);
  await client.close();
  await caughtUp(stand);
  const whole = () => ((seen.get('POST /v1/orders')?.count ?? 0) >= checkouts ? true : null);
  await until('the spans of every order', whole, { withinMs: spansWithinMs, signal });
  spanSink.show(null);
  return [...seen]
    .filter(([name]) => name.startsWith('db '))
    .map(([name, { count, ms }]) => ({
      summary: name.slice('db '.length),
      count: count / checkouts,
      ms: ms / checkouts,
    }))
    .sort((a, b) => b.ms - a.ms);
}

const leastMs = 0.05;

export function profileText({ checkouts, cpu_ms, places, statements }: CheckoutProfile): string {
  const line = (ms: number, text: string) => `${ms.toFixed(2).padStart(8)}  ${text}`;
  const total = Object.values(cpu_ms).reduce((sum, ms) => sum + ms, 0);
  const small = places.filter(({ ms }) => ms < leastMs);
  return [
    `CPU ms of one checkout, from ${checkouts}:`,
    ...Object.entries(cpu_ms).map(([name, ms]) => line(ms, name)),
    line(total, 'together'),
    '',
    'of the services, by profile:',
    ...places
      .filter(({ ms }) => ms >= leastMs)
      .map(({ service, place, ms }) => line(ms, `${service}: ${place}`)),
    line(
      small.reduce((sum, { ms }) => sum + ms, 0),
      `${small.length} places below ${leastMs} ms each`,
    ),
    '',
    'statements of one checkout, and ms that they were waited for:',
    ...statements.map(({ summary, count, ms }) => line(ms, `${count.toFixed(2)} × ${summary}`)),
  ].join('\n');
}
