// One article everybody wants: placements that share a statement against a statement each, the same code both times.
// The orders service is entered by its front door without a socket, so that what is compared is the reservation.
import postgres from 'postgres';
import { type Hand, startHand } from './hand.ts';
import { type BenchRow, type Pair, rowOf } from './row.ts';
import type { HotAnswer, HotOrder } from './hot-sku.process.ts';
import type { Stand } from './stand.ts';

const processCounts = [1, 2] as const;
const wanting = 64;
const lastUnits = 500;
const sku = 'HOTHOT01';
const endless = 100_000_000;

type HotHand = Hand<HotOrder, HotAnswer>;

export async function hotSku(stand: Stand): Promise<BenchRow[]> {
  const { size, progress, ground } = stand;
  const most = Math.max(...processCounts);
  const start = (batchMax: number) =>
    Promise.all(Array.from({ length: most }, () => startHot(stand, batchMax)));
  const [together, alone] = [await start(64), await start(1)];
  try {
    const rows: BenchRow[] = [];
    await stock(ground.ownerUrl, endless);
    for (const hand of [...together, ...alone]) await hand.run({ sku, wanting, seconds: size.warmSeconds });
    for (const count of processCounts) {
      const pairs: Pair[] = [];
      for (let pair = 1; pair <= size.pairs; pair++) {
        progress.status(`${count} process${count === 1 ? '' : 'es'}, pair ${pair} of ${size.pairs}`);
        const rate = (hands: readonly HotHand[]) => placedPerSecond(hands.slice(0, count), size.seconds);
        pairs.push({ ours: await rate(together), reference: await rate(alone) });
      }
      await assertNothingOversold(ground.ownerUrl, null);
      rows.push(
        rowOf(
          {
            name: `hot-sku-${count}`,
            unit: 'orders/s for one SKU',
            note: `${count} process${count === 1 ? '' : 'es'}, ${wanting} buyers each; reference: a conditional UPDATE per order; 0 oversold`,
          },
          { better: 'higher', required: 3, stretch: 5 },
          pairs,
        ),
      );
    }
    rows.push(await besideTheBareRow(stand, together));
    await sellOut(stand, [...together, ...alone]);
    return rows;
  } finally {
    for (const hand of [...together, ...alone]) hand.end();
  }
}

async function placedPerSecond(hands: readonly HotHand[], seconds: number): Promise<number> {
  const answers = await Promise.all(hands.map((hand) => hand.run({ sku, wanting, seconds })));
  const failed = answers.reduce((sum, answer) => sum + answer.failed, 0);
  if (failed > 0) throw new Error(`${failed} placements failed: a rate of failures measures nothing`);
  return answers.reduce((sum, { placed, seconds: took }) => sum + placed / took, 0);
}

/** The hot row itself, without any order around it: what one update and one commit a request can do here. */
async function besideTheBareRow(stand: Stand, hands: readonly HotHand[]): Promise<BenchRow> {
  const { raw, size } = stand;
  const pairs: Pair[] = [];
  for (let pair = 0; pair < size.pairs; pair++)
    pairs.push({
      ours: await placedPerSecond(hands.slice(0, 1), size.seconds),
      reference: await raw.run('raw-hot-row.sql', { clients: wanting, seconds: size.seconds }),
    });
  const note = `reference: the bare UPDATE and reservation by ${raw.by}; ours writes a whole order`;
  const name = { name: 'hot-sku-bare-row', unit: 'orders/s against updates/s', note };
  return rowOf(name, { better: 'higher', required: null, stretch: null }, pairs);
}

/** Everybody at once for the last units: a fast reserver that oversells is worth nothing. */
async function sellOut({ ground, size }: Stand, hands: readonly HotHand[]): Promise<void> {
  await stock(ground.ownerUrl, lastUnits);
  const seconds = Math.max(2, size.seconds);
  const answers = await Promise.all(
    hands.map((hand) => hand.run({ sku, wanting, seconds, stopWhenSoldOut: true })),
  );
  const placed = answers.reduce((sum, answer) => sum + answer.placed, 0);
  if (placed !== lastUnits) throw new Error(`${placed} of ${lastUnits} units were sold`);
  await assertNothingOversold(ground.ownerUrl, lastUnits);
}

/** Sets how many are left for sale from here on. */
async function stock(ownerUrl: string, units: number): Promise<void> {
  const sql = postgres(ownerUrl, { max: 1 });
  try {
    await sql`insert into orders.stock as s (sku, location_id, on_hand) values (${sku}, 'LON-1', ${units})
      on conflict (sku, location_id) do update set on_hand = s.reserved + ${units}`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function assertNothingOversold(ownerUrl: string, soldOut: number | null): Promise<void> {
  const sql = postgres(ownerUrl, { max: 1 });
  try {
    const [row] = await sql<{ on_hand: number; reserved: number; held: number; ordered: number }[]>`
      select s.on_hand, s.reserved,
        (select sum(quantity)::int from orders.reservations r where r.sku = s.sku and status = 'active') as held,
        (select sum(quantity)::int from orders.order_lines l where l.sku = s.sku) as ordered
      from orders.stock s where s.sku = ${sku}`;
    const { on_hand, reserved, held, ordered } = row!;
    const agreed = reserved === held && held === ordered && reserved <= on_hand;
    if (!agreed || (soldOut !== null && reserved !== on_hand))
      throw new Error(`stock does not add up: ${JSON.stringify(row)}`);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

const startHot = (stand: Stand, batchMax: number): Promise<HotHand> =>
  startHand(stand, 'hot-sku', 'hot-sku.process.ts', {
    DATABASE_URL: stand.ground.environment.databaseUrls.orders,
    SERVICE_TOKEN: stand.ground.environment.serviceToken,
    PLACE_BATCH_MAX: `${batchMax}`,
  });
