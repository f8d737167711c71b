// Many buyers for the last units of one article, over every process of the shop: exactly so many are sold.
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { atMost } from '../at-most.ts';
import { fillMany } from './fill-many.ts';
import { insist, type Try } from './insist.ts';
import { isFailure, lastUnitsChecks } from './judge.ts';
import type { Proof } from './proof.ts';
import type { Scene } from './scene.ts';

export interface LastUnits {
  readonly sku: string;
  readonly units: number;
}

const sku = 'LASTUNIT';

/** An article of its own, so that no other proof buys it. Held at submission and not in the cart: the race is for the order. */
export async function shelveLastUnits(ownerUrl: string, units: number): Promise<LastUnits> {
  const sql = postgres(ownerUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql`insert into checkout.products (id, handle, status) values (${sku}, ${sku}, 'active')`;
    await sql`insert into checkout.variants (id, product_id, sku, title, price_minor, currency, status)
      values (${sku}, ${sku}, ${sku}, 'The last of its kind', 1200, 'GBP', 'active')`;
    await sql`insert into orders.stock (sku, location_id, on_hand, hold_at) values (${sku}, 'LON-1', ${units}, 'order')`;
  } finally {
    await sql.end({ timeout: 5 });
  }
  return { sku, units };
}

/** Below the cap of two checkout processes: above it the answer is "come back", and that is another proof. */
const pressingAtOnce = 300;

export async function lastUnits(scene: Scene, buyers: number): Promise<Proof> {
  const { progress, told, lastUnits: article } = scene;
  const run = randomUUID().slice(0, 8);
  progress.phase(`${buyers} buyers for ${article.units} units`);
  const ready = await fillMany(
    scene,
    Array.from({ length: buyers }, (_, at) => ({
      market: 'GB',
      email: `last-${run}-${at}@shop.example`,
      lines: [{ sku: article.sku, quantity: 1 }],
    })),
  );
  const presses: Try[] = [];
  const records = await atMost(pressingAtOnce, buyers, (session) => {
    const click = { session, key: `last-${run}-${session}`, token: `tok_ok_last${run}${session}` };
    return insist(scene, ready[session]!, click, (one) => presses.push(one));
  });
  told.push(...records);
  const figures = {
    buyers,
    units: article.units,
    sold: records.filter(({ outcome }) => outcome === 'placed').length,
    sold_out: records.filter(({ outcome }) => outcome === 'sold_out').length,
    failures: presses.filter(isFailure).length,
  };
  return { name: 'last-units', figures, checks: lastUnitsChecks(figures) };
}
