// Whole checkouts, six calls each, as fast as they are answered or at a steady rate.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { fillCart, type ShopClient, submit } from '../buyer.ts';

export interface Load {
  readonly checkouts: number;
  readonly seconds: number;
  /** From the moment the buyer meant to begin to the order's answer; and of the order's call alone. */
  readonly checkoutMs: readonly number[];
  readonly orderMs: readonly number[];
}

export interface LoadOn {
  readonly client: ShopClient;
  readonly skus: readonly string[];
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** `buyers` who begin again as soon as they have their order. */
export async function closedLoad(on: LoadOn, buyers: number): Promise<Load> {
  const tally = newTally();
  const started = performance.now();
  const until = started + on.seconds * 1_000;
  const walk = async () => {
    while (performance.now() < until && !on.signal.aborted) await buy(on, tally, performance.now());
  };
  await Promise.all(Array.from({ length: buyers }, walk));
  return { ...tally, seconds: (performance.now() - started) / 1_000 };
}

/** One buyer every 1/rate seconds, whatever became of those before. */
export async function steadyLoad(on: LoadOn, perSecond: number): Promise<Load> {
  const tally = newTally();
  const started = performance.now();
  const total = Math.ceil(on.seconds * perSecond);
  const inside: Promise<void>[] = [];
  for (let buyer = 0; buyer < total && !on.signal.aborted; buyer++) {
    const due = started + (buyer * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    const bought = buy(on, tally, due);
    inside.push(bought);
    // Heard below, when everybody is out: until then it must not end the process with all its parts running.
    bought.catch(() => undefined);
  }
  await Promise.all(inside);
  return { ...tally, seconds: (performance.now() - started) / 1_000 };
}

const newTally = () => ({ checkouts: 0, checkoutMs: [] as number[], orderMs: [] as number[] });

/** In letters: of a thousand typed texts of random digits one looks like a card number, and is refused. */
const newId = () =>
  randomUUID()
    .replaceAll('-', '')
    .replace(/[0-9]/g, (digit) => 'ghijklmnop'[Number(digit)]!);

async function buy(
  { client, skus }: LoadOn,
  tally: ReturnType<typeof newTally>,
  dueAt: number,
): Promise<void> {
  const id = newId();
  const sku = skus[Math.floor(Math.random() * skus.length)]!;
  const basket = { market: 'GB', email: `bench-${id}@shop.example`, lines: [{ sku, quantity: 1 }] };
  const cart = await fillCart(client, basket);
  // A bench of refusals measures nothing: it ends here, with what the shop said.
  if (cart.kind === 'stopped') throw new Error(`the shop answered ${cart.at} with ${cart.status}`);
  const pressedAt = performance.now();
  const told = await submit(client, cart.ready, { key: id, token: `tok_ok_${id.slice(0, 20)}` });
  if (told.outcome !== 'placed')
    throw new Error(`the shop answered an order with ${told.status} ${told.outcome}`);
  tally.checkouts += 1;
  tally.orderMs.push(performance.now() - pressedAt);
  tally.checkoutMs.push(performance.now() - dueAt);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}
