// One buyer by plain HTTP: five calls to a quote, the sixth orders. Lean on purpose, because beside a bench it competes for
// the same cores.
import { randomBytes } from 'node:crypto';
import { Pool } from 'undici';
import { cartId, firstShippingMethod, quoteIn, submissionAnswer } from '../loadtests/shop-answers.ts';
import { outcomeOf, type ToldOutcome } from '../loadtests/shopper-outcome.ts';

export interface Heard {
  /** 0 when no answer came. */
  readonly status: number;
  readonly body: string;
  readonly retryAfterSeconds: number | null;
}

export interface ShopClient {
  call(method: Method, path: string, body?: unknown, headers?: Record<string, string>): Promise<Heard>;
  close(): Promise<void>;
}
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Longer than the shop's own deadline for a submission: who gives up earlier never hears what it says. */
const answerWithinMs = 10_000;
const unanswered: Heard = { status: 0, body: '', retryAfterSeconds: null };

/** `traced`: asks the shop to keep the trace of every call, as a sampled caller does. */
export function openShopClient(url: string, connections: number, { traced = false } = {}): ShopClient {
  const pool = new Pool(url, {
    connections,
    headersTimeout: answerWithinMs,
    bodyTimeout: answerWithinMs,
    connect: { timeout: 2_000 },
  });
  return {
    async call(method, path, body, headers) {
      try {
        const answer = await pool.request({
          method,
          path,
          headers: { 'content-type': 'application/json', ...(traced ? sampled() : {}), ...headers },
          body: body === undefined ? null : JSON.stringify(body),
        });
        const text = await answer.body.text();
        const wait = Number(answer.headers['retry-after']);
        return { status: answer.statusCode, body: text, retryAfterSeconds: wait > 0 ? wait : null };
      } catch {
        // Refused, reset or too late: to a buyer it is all the same, nobody answered.
        return unanswered;
      }
    },
    close: () => pool.destroy(),
  };
}

const sampled = () => ({
  traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
});

export interface Basket {
  readonly market: string;
  readonly email: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

export interface Ready {
  readonly cartId: string;
  readonly quote: { readonly id: string; readonly total_minor: number; readonly currency: string };
  readonly basket: Basket;
}
export type Filled =
  | { readonly kind: 'ready'; readonly ready: Ready }
  | { readonly kind: 'stopped'; readonly at: string; readonly status: number };

/** The five calls before the order: a cart, its lines, address, rates, quote. */
export async function fillCart(shop: ShopClient, basket: Basket): Promise<Filled> {
  const stopped = (at: string, { status }: Heard): Filled => ({ kind: 'stopped', at, status });
  const made = await shop.call('POST', '/v1/carts', { market: basket.market, currency: 'GBP' });
  const cart = cartId(made.body);
  if (made.status !== 201 || cart === null) return stopped('cart', made);
  const at = `/v1/carts/${cart}`;
  for (const line of basket.lines) {
    const added = await shop.call('POST', `${at}/lines`, line);
    if (added.status !== 200) return stopped('line', added);
  }
  const addressed = await shop.call('PUT', `${at}/address`, addressOf(basket));
  if (addressed.status !== 200) return stopped('address', addressed);
  const rated = await shop.call('GET', `${at}/rates`);
  const method = firstShippingMethod(rated.body);
  if (rated.status !== 200 || method === null) return stopped('rates', rated);
  const quoted = await shop.call('POST', `${at}/quote`, { shipping_method: method });
  const quote = quoteIn(quoted.body);
  if (quoted.status !== 201 || quote === null) return stopped('quote', quoted);
  return { kind: 'ready', ready: { cartId: cart, quote, basket } };
}

const addressOf = ({ email, market }: Basket) => ({
  email,
  name: 'Sam Shopper',
  line1: '1 High Street',
  city: 'Anytown',
  postal_code: 'AB1 2CD',
  country: market,
});

export interface Submission {
  readonly key: string;
  readonly token: string;
}
export interface Told extends ToldOutcome {
  readonly status: number;
  readonly retryAfterSeconds: number | null;
}

/** One press of the button. */
export async function submit(shop: ShopClient, ready: Ready, { key, token }: Submission): Promise<Told> {
  const heard = await shop.call(
    'POST',
    '/v1/orders',
    { cart_id: ready.cartId, quote_id: ready.quote.id, payment: { method: 'card', token } },
    { 'idempotency-key': key },
  );
  return {
    ...outcomeOf(heard.status, submissionAnswer(heard.body)),
    status: heard.status,
    retryAfterSeconds: heard.retryAfterSeconds,
  };
}
