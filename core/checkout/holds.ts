// A cart's hold on stock, asked of the orders service when a line is added. It is a courtesy: whether an order can be served
// is decided at submission, so a hold that cannot be asked for in time is done without.
import type { Config } from '../config.ts';
import type { CartHold, HoldResult } from '../contracts/orders-api.ts';
import type { Database } from '../db/client.ts';
import { startDeadline } from '../http/deadline.ts';
import { createGuard } from '../http/guard.ts';
import { createLanes } from '../lanes.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { cartHolds } from '../telemetry/metrics/inventory.ts';
import { createOrdersClient, type OrdersClient } from './orders-client.ts';

/** No article is expected to sell faster; one that does is left to the orders. */
const fastestSalePerSecond = 100;
/** `longest`: what a merchant changes about an article is known to carts after that. */
const plentyMs = { unknown: 10_000, longest: 300_000 } as const;
/** More articles than a catalogue has; beyond it the memory starts anew. */
const plentyLimit = 100_000;
const batch = { max: 64, waitMs: 0 } as const;

type Answered = HoldResult | { readonly kind: 'unanswered' };
export type Kept = Answered['kind'];
const unanswered: Answered = { kind: 'unanswered' };

export interface Holds {
  /** Keeps `more` of the SKU for the cart beside what it has; asks only for what is scarce. */
  keep(cartId: string, sku: string, more: number): Promise<Kept>;
}

export function createHolds(
  db: Database,
  config: Config,
  instruments: Instruments,
  orders: Pick<OrdersClient, 'hold'> = createOrdersClient(config),
): Holds {
  const askLimitMs = config.SOFT_HOLD_TIMEOUT_MS;
  const plentyUntil = new Map<string, number>();
  const guard = createGuard<HoldResult[] | null>({
    capacity: batch.max,
    failed: (answer) => answer === null,
  });
  const ask = createLanes<CartHold, Answered>(
    batch,
    () => ['holds'],
    async (wishes) => {
      const guarded = await guard.run(async () => {
        const answer = await orders.hold(wishes, startDeadline(askLimitMs));
        return answer.kind === 'holds' ? [...answer.results] : null;
      });
      const results = guarded.kind === 'ran' ? guarded.value : null;
      return wishes.map((_, at) => ({ status: 'fulfilled', value: results?.[at] ?? unanswered }) as const);
    },
  );

  async function keep(cartId: string, sku: string, more: number): Promise<Kept> {
    if ((plentyUntil.get(sku) ?? 0) > performance.now()) return 'not_held';
    const inCart = await quantityIn(db, cartId, sku);
    // What is no open cart holds nothing, or anybody could empty the shelf with made-up ids.
    if (inCart === null) return 'not_held';
    const kept = await inTime(ask({ cart_id: cartId, sku, quantity: inCart + more }), askLimitMs);
    if (kept.kind === 'not_held') {
      if (plentyUntil.size >= plentyLimit) plentyUntil.clear();
      plentyUntil.set(sku, performance.now() + plentyFor(kept.left));
    }
    return kept.kind;
  }
  return {
    async keep(cartId, sku, more) {
      const kept = await keep(cartId, sku, more);
      instruments.count(cartHolds, { result: kept });
      return kept;
    },
  };
}

/** How long an article that needed no hold is not asked about again: there is some of it left all that time. */
export const plentyFor = (left: number | undefined): number =>
  left === undefined
    ? plentyMs.unknown
    : Math.min(plentyMs.longest, (Math.max(0, left) / fastestSalePerSecond) * 1_000);

/** A batch that waits behind a slow one must not take twice the time. */
async function inTime(asked: Promise<Answered>, limitMs: number): Promise<Answered> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answered>((resolve) => {
    timer = setTimeout(() => resolve(unanswered), limitMs);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** null when there is no such open cart. */
async function quantityIn(db: Database, cartId: string, sku: string): Promise<number | null> {
  const [row] = await db.query(
    'read cart quantity',
    (sql) => sql<{ quantity: number }[]>`
      select coalesce(l.quantity, 0)::int as quantity
      from checkout.carts c left join checkout.cart_lines l on l.cart_id = c.id and l.sku = ${sku}
      where c.id = ${cartId} and c.status = 'open'`,
  );
  return row?.quantity ?? null;
}
