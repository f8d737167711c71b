// A customer of the aftermath: buys as everybody does, and is remembered by what they were told.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { PaymentMethod } from '../../core/payment/methods.ts';
import { submissionAnswer } from '../../loadtests/shop-answers.ts';
import { outcomeOf } from '../../loadtests/shopper-outcome.ts';
import { fillCart, type Ready } from '../buyer.ts';
import { change } from './desk.ts';
import type { Scene, Told } from './scene.ts';

export interface Customer {
  readonly orderId: string;
  readonly record: Told;
  readonly totalMinor: number;
  readonly sku: string;
}

export interface Wish {
  readonly method?: PaymentMethod;
  readonly token?: string;
  readonly email?: string;
  readonly quantity?: number;
  readonly market?: string;
  readonly sku?: string;
}

// Far above any session of a replay: a record of the aftermath is never mistaken for one of the load.
const firstSession = 1_000_000;

const unsure: ReadonlySet<Told['outcome']> = new Set(['error', 'unknown', 'overloaded', 'in_flight']);
const mostPresses = 20;
const mostCarts = 5;
const pressPauseMs = 500;
const okToken = 'tok_ok_aftermath';

/** A cart up to its quote. */
export async function fill(
  scene: Scene,
  who: string,
  { email, quantity = 1, market = 'GB', sku }: Wish = {},
): Promise<Ready> {
  const line = { sku: sku ?? scene.nextSku(), quantity };
  for (let carts = 1; ; carts++) {
    // A half-filled cart is left behind: adding its line again could double it.
    const filled = await fillCart(scene.checkout, {
      ...{ market, email: email ?? `${who}@shop.example`, lines: [line] },
    });
    if (filled.kind === 'ready') return filled.ready;
    if (carts === mostCarts) throw new Error(`${who} got no further than ${filled.at}: ${filled.status}`);
    await pause(pressPauseMs, undefined, { signal: scene.signal });
  }
}

/** One press of the button, whatever is told. */
export async function press(
  scene: Scene,
  who: string,
  { cartId, quote, basket }: Ready,
  { method = 'card', token = okToken }: Wish = {},
): Promise<Told> {
  const asked = { cart_id: cartId, quote_id: quote.id, payment: { method, token } };
  const basis = { cart_id: cartId, amount_minor: quote.total_minor, currency: quote.currency };
  return submit(scene, who, '/v1/orders', asked, { ...basis, lines: basket.lines });
}

/** The buyer completes an order that waits for them, or pays it with another token. */
export const pay = (
  scene: Scene,
  who: string,
  earlier: Told,
  { method = 'card', token }: Wish,
): Promise<Told> =>
  submit(
    ...([scene, `${who}-pays`, '/v1/payments'] as const),
    { order_id: earlier.order_id, payment: { method, token: token ?? okToken } },
    earlier,
  );

/** Presses again under the same key until the answer is definite, as a person does who really wants it. */
async function submit(
  scene: Scene,
  who: string,
  path: string,
  asked: object,
  { cart_id, amount_minor, currency, lines }: Pick<Told, 'cart_id' | 'amount_minor' | 'currency' | 'lines'>,
): Promise<Told> {
  const key = `${scene.runId}-${who}`;
  const [trace_id, started_ms] = [randomBytes(16).toString('hex'), Date.now()];
  const once = async () => {
    const { status, body } = await scene.checkout.call('POST', path, asked, {
      'idempotency-key': key,
      traceparent: `00-${trace_id}-${randomBytes(8).toString('hex')}-01`,
    });
    return { status, ...outcomeOf(status, submissionAnswer(body)) };
  };
  let heard = await once();
  for (let presses = 1; unsure.has(heard.outcome) && presses < mostPresses; presses++) {
    await pause(pressPauseMs, undefined, { signal: scene.signal });
    heard = await once();
  }
  const { outcome, orderId, status } = heard;
  const record: Told = {
    ...{ phase: 'aftermath', session: firstSession + scene.told.length, click: key, submission: 1 },
    ...{ cart_id, order_id: orderId, outcome, status, amount_minor, currency, lines },
    ...{ intended_ms: started_ms, started_ms, submitted_ms: started_ms, answered_ms: Date.now(), trace_id },
  };
  scene.told.push(record);
  return record;
}

/** Buys one piece and is told that it is placed. */
export async function buy(scene: Scene, who: string, wish: Wish = {}): Promise<Customer> {
  const ready = await fill(scene, who, wish);
  const record = await press(scene, who, ready, wish);
  return placed(who, record);
}

export function placed(who: string, record: Told): Customer {
  if (record.outcome !== 'placed' || record.order_id === null)
    throw new Error(`${who} was told ${record.outcome} (${record.status}) instead of placed`);
  const { order_id: orderId, amount_minor: totalMinor, lines } = record;
  return { orderId, record, totalMinor, sku: lines[0]!.sku };
}

/** Buys now and pays later: agrees at the provider first, and completes the order then. */
export const buyLater = (scene: Scene, who: string, market: string): Promise<Customer> =>
  waiting(scene, who, market, async (first) => placed(who, await pay(scene, who, first, { method: 'bnpl' })));

/** An order that waits for its buyer to agree; one who does not come back cancels it, so that it waits for nobody. */
export async function waiting<T>(
  scene: Scene,
  who: string,
  market: string,
  work: (first: Told) => Promise<T>,
): Promise<T> {
  const first = await press(scene, who, await fill(scene, who, { market }), { method: 'bnpl' });
  if (first.outcome !== 'confirming') throw new Error(`${who} was told ${first.outcome} instead of to agree`);
  try {
    return await work(first);
  } catch (error) {
    const gone = { reason: 'buyer_gone' };
    await change(scene, first.order_id!, 'cancel', `${who}-gone`, gone).catch(() => undefined);
    throw error;
  }
}
