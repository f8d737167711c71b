// Every shopper presses twice at once with the same key, all of them at the same moment: one order and one charge each.
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { isLive } from '../../chaos/ledgers/joined.ts';
import { readProviders } from '../../chaos/ledgers/providers.ts';
import { fillMany } from './fill-many.ts';
import { insist } from './insist.ts';
import { doubleSubmitChecks } from './judge.ts';
import type { Proof } from './proof.ts';
import type { Scene } from './scene.ts';

export async function doubleSubmits(scene: Scene, shoppers: number): Promise<Proof> {
  const { skus, progress, ground, told } = scene;
  const run = randomUUID().slice(0, 8);
  progress.phase(`${shoppers} shoppers press twice at once`);
  const ready = await fillMany(
    scene,
    Array.from({ length: shoppers }, (_, at) => ({
      market: 'GB',
      email: `twice-${run}-${at}@shop.example`,
      lines: [{ sku: skus[at % skus.length]!, quantity: 1 }],
    })),
  );
  const pairs = await Promise.all(
    ready.map((one, session) => {
      const click = { session, key: `twice-${run}-${session}`, token: `tok_ok_twice${run}${session}` };
      return Promise.all([1, 2].map((press) => insist(scene, one, { ...click, press: press as 1 | 2 })));
    }),
  );
  told.push(...pairs.flat());
  const orders = await ordersOf(
    ground.ownerUrl,
    ready.map(({ cartId }) => cartId),
  );
  const charges = (await readProviders(ground.lab.url)).filter(
    (charge) => orders.has(charge.order) && isLive(charge),
  );
  const figures = {
    shoppers,
    orders: orders.size,
    charges: charges.length,
    told_the_same: pairs.filter(([one, other]) => one!.order_id !== null && one!.order_id === other!.order_id)
      .length,
  };
  return { name: 'double-submits', figures, checks: doubleSubmitChecks(figures) };
}

async function ordersOf(ownerUrl: string, carts: readonly string[]): Promise<Set<string>> {
  const sql = postgres(ownerUrl, { max: 1 });
  try {
    const rows = await sql<{ id: string }[]>`
      select public_id as id from orders.orders where checkout_id = any(${carts as string[]}::text[])`;
    return new Set(rows.map(({ id }) => id));
  } finally {
    await sql.end({ timeout: 5 });
  }
}
